// File systems that are wrong in one way, under the honest lock directory.
#pragma once

#include <memory>
#include <string>

#include "properties/zoo/forwarding.h"

namespace lockstep::zoo {

// The directory is never synced: a power loss brings the old record back.
class UnsyncedDirectory final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  IoResult<void> sync_directory(std::string_view) override { return {}; }
};

// A record is overwritten in its place instead of being replaced.
class PlainOverwrite final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  IoResult<void> rename(std::string_view from, std::string_view to) override;
};

// Whoever wants a guard throws the old file away and makes a new one: two processes each lock a file of their own.
class UnlinkedGuards final : public ForwardingFileSystem {
 public:
  using ForwardingFileSystem::ForwardingFileSystem;
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override;
};

}  // namespace lockstep::zoo
