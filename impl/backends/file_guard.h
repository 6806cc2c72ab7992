// The guards of a lock directory: locks on permanent files, each for the names that fall to it, so that changes of
// different names rarely wait for each other. A file that could be removed would be no guard: one would lock the old
// file and another the new one (bug class 33).
#pragma once

#include <memory>
#include <string>

#include "impl/env/file_system.h"
#include "impl/lock/backend.h"

namespace lockstep {

std::size_t guard_of(const LockName& name);
std::string guard_name(std::size_t number);

LockError file_failure(std::string_view doing, std::string_view file, std::error_code error, bool nothing_happened);

// True of answers that confirm what is written: it must be durable before they are given.
inline bool confirms(const Result<AcquireAnswer>& answer) { return answer && std::holds_alternative<Granted>(*answer); }
inline bool confirms(const Result<RenewAnswer>& answer) { return answer.has_value(); }
inline bool confirms(const Result<ReleaseAnswer>& answer) { return answer.has_value(); }
inline bool confirms(const Result<BreakAnswer>& answer) { return answer.has_value(); }

// True of an answer that is asked for again: it may rest on what a host remembers of a disk that it mounts. A final
// refusal may not.
inline bool may_be_old(const Result<AcquireAnswer>& answer) {
  return answer && std::holds_alternative<Queued>(*answer);
}
inline bool may_be_old(const auto&) { return false; }

// Holds a guard, or says why not; `kept` is the open file, opened at the first use and kept for the next.
class FileGuard {
 public:
  FileGuard(FileSystem& files, const std::string& path, std::unique_ptr<File>& kept);
  ~FileGuard();
  FileGuard(const FileGuard&) = delete;
  FileGuard& operator=(const FileGuard&) = delete;
  bool held() const { return held_; }
  // Error busy: somebody else has it.
  const LockError& why_not() const { return why_not_; }

 private:
  std::unique_ptr<File>& file_;
  bool held_ = false;
  LockError why_not_;
};

}  // namespace lockstep
