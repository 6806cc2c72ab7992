// The fenced resource of a stress run: one file a lock, to which every process of the run appends what it decided
// about a write, with the highest token so far. The last record is the state, so a kill cannot part the two.
#pragma once

#include <memory>
#include <string>
#include <vector>

#include "cli/stress_record.h"
#include "impl/env/blocking.h"

namespace lockstep::cli {

class FencedFile {
 public:
  // Opens or makes the file. Throws std::system_error.
  FencedFile(const std::string& path, std::uint32_t lock, std::uint32_t process);
  ~FencedFile();
  FencedFile(const FencedFile&) = delete;
  FencedFile& operator=(const FencedFile&) = delete;

  // Waits for whoever is at it, and so belongs into a lane. True: carried out.
  bool write(AttemptId attempt, Token token);
  std::vector<Record> records() const { return read_records(file_); }

 private:
  int file_;
  std::uint32_t lock_;
  std::uint32_t process_;
};

std::string fenced_file(const std::string& directory, std::uint32_t lock);

}  // namespace lockstep::cli
