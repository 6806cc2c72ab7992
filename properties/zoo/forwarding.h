// What forwards everything to an honest one: a bug overrides the one operation that it spoils.
#pragma once

#include <memory>

#include "impl/env/clock.h"
#include "impl/env/file_system.h"
#include "impl/lock/backend.h"

namespace lockstep::zoo {

class ForwardingBackend : public LockBackend {
 public:
  explicit ForwardingBackend(std::shared_ptr<LockBackend> inner) : inner_(std::move(inner)) {}
  const Claims& claims() const override { return inner_->claims(); }
  Awaitable<Result<AcquireAnswer>> acquire(AcquireRequest request, MonoTime give_up) override {
    return inner_->acquire(std::move(request), give_up);
  }
  Awaitable<Result<RenewAnswer>> renew(RenewRequest request, MonoTime give_up) override {
    return inner_->renew(std::move(request), give_up);
  }
  Awaitable<Result<ReleaseAnswer>> release(ReleaseRequest request, MonoTime give_up) override {
    return inner_->release(std::move(request), give_up);
  }
  Awaitable<Result<Inspection>> inspect(LockName name, MonoTime give_up) override {
    return inner_->inspect(std::move(name), give_up);
  }
  Awaitable<Result<Listing>> list(ListRequest request, MonoTime give_up) override {
    return inner_->list(std::move(request), give_up);
  }
  Awaitable<Result<BreakAnswer>> break_lock(BreakRequest request, MonoTime give_up) override {
    return inner_->break_lock(std::move(request), give_up);
  }
  Awaitable<Result<WatchAnswer>> watch(WatchRequest request, MonoTime give_up) override {
    return inner_->watch(std::move(request), give_up);
  }

 protected:
  std::shared_ptr<LockBackend> inner_;
};

class ForwardingFile : public File {
 public:
  explicit ForwardingFile(std::unique_ptr<File> inner) : inner_(std::move(inner)) {}
  IoResult<std::size_t> read_at(std::uint64_t offset, std::span<std::byte> into) override {
    return inner_->read_at(offset, into);
  }
  IoResult<void> write_at(std::uint64_t offset, std::span<const std::byte> data) override {
    return inner_->write_at(offset, data);
  }
  IoResult<void> append(std::span<const std::byte> data) override { return inner_->append(data); }
  IoResult<void> truncate(std::uint64_t size) override { return inner_->truncate(size); }
  IoResult<std::uint64_t> size() override { return inner_->size(); }
  IoResult<void> sync() override { return inner_->sync(); }
  IoResult<bool> try_lock(FileLock kind) override { return inner_->try_lock(kind); }
  void unlock() override { inner_->unlock(); }

 protected:
  std::unique_ptr<File> inner_;
};

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

class ForwardingClock : public Clock {
 public:
  explicit ForwardingClock(Clock& inner) : inner_(inner) {}
  MonoTime monotonic() const override { return inner_.monotonic(); }
  WallTime wall() const override { return inner_.wall(); }
  BootId boot() const override { return inner_.boot(); }
  void arm(Timer& timer, MonoTime deadline) override { inner_.arm(timer, deadline); }
  void expedite(Timer& timer) override { inner_.expedite(timer); }
  void disarm(Timer& timer) override { inner_.disarm(timer); }

 protected:
  Clock& inner_;
};

}  // namespace lockstep::zoo
