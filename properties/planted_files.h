// File systems that are wrong in one way, under the honest lock directory.
#pragma once

#include <memory>
#include <string>

#include "impl/env/file_system.h"

namespace lockstep::properties {

// Forwards everything; a bug overrides the one call that it spoils.
class ForwardingFileSystem : public FileSystem {
 public:
  explicit ForwardingFileSystem(std::shared_ptr<FileSystem> inner) : inner_(std::move(inner)) {}
  IoResult<std::unique_ptr<File>> open(std::string_view path, OpenFlags flags) override {
    return inner_->open(path, flags);
  }
  IoResult<void> remove(std::string_view path) override { return inner_->remove(path); }
  IoResult<void> rename(std::string_view from, std::string_view to) override { return inner_->rename(from, to); }
  IoResult<void> link(std::string_view from, std::string_view to) override { return inner_->link(from, to); }
  IoResult<void> make_directory(std::string_view path) override { return inner_->make_directory(path); }
  IoResult<void> remove_directory(std::string_view path) override { return inner_->remove_directory(path); }
  IoResult<void> sync_directory(std::string_view path) override { return inner_->sync_directory(path); }
  IoResult<std::vector<std::string>> list(std::string_view path) override { return inner_->list(path); }
  IoResult<bool> exists(std::string_view path) override { return inner_->exists(path); }
  IoResult<FileSystemTraits> traits_of(std::string_view path) override { return inner_->traits_of(path); }

 protected:
  std::shared_ptr<FileSystem> inner_;
};

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

}  // namespace lockstep::properties
