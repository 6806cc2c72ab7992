// What a file of a lock directory holds, and what it is called. Names become file names by writing every byte that is
// not a small letter, a digit, '-', '_' or '.' as %xx, so they stay apart on file systems that fold case or compose
// letters; a name too long for that is cut and marked with a hash, and those that then share a file are told apart
// within it.
#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>

#include "impl/lock/ledger.h"

namespace lockstep {

// All there is to know about one name.
struct FileRecord {
  LockRecord lock;
  std::vector<Remembered> answers;
  std::uint64_t next_event = 1;   // number of the event to come
  std::vector<LockEvent> events;  // the last ones, in order; the newest has number next_event - 1
  friend bool operator==(const FileRecord&, const FileRecord&) = default;
};
using FileRecords = std::map<LockName, FileRecord>;  // of one file

// How many events a record keeps for subscribers.
inline constexpr std::size_t kRecordEvents = 32;

// At most 200 characters, never beginning with a point.
std::string file_name_of(const LockName& name);

// Whether it can be the file name of a name.
bool may_be_record(std::string_view file);

std::string encode(const FileRecords& records);
// Nothing if it is damaged, or not of this format.
std::optional<FileRecords> decode_records(std::string_view bytes);

Memory memory_of(const FileRecord& record, RequestKey key);
// Writes the changes into a record; answers that need not be kept any more go.
void write(FileRecord& record, const LockName& name, const Changes& changes, Reading at);

}  // namespace lockstep
