// What lies in a lock directory: names that stay apart whatever the file system does to them, and records that come
// back whole or not at all.
#include "impl/backends/file_record.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cctype>
#include <set>

#include "impl/env/random.h"

namespace lockstep {
namespace {

using namespace std::string_literals;

FileRecords some_records() {
  FileRecord record;
  record.lock.capacity = 3;
  record.lock.last_token = 17;
  record.lock.leases.push_back(
      {{1, 2}, "alice", Mode::permits, 2, 17, Duration(5), MonoTime(Duration(6)), MonoTime(Duration(7)), {8, 9}, "{}"});
  record.lock.waiters.push_back({{3, 4}, "bob", 5, Mode::permits, 1, MonoTime(Duration(6)), {8, 9}});
  Remembered answer{{{1, 2}, 1},           99, Remembered::Kind::broke, 17, Duration(5), {{{1, 2}, 17}},
                    MonoTime(Duration(9)), {}};
  record.answers.push_back(answer);
  record.next_event = 2;
  record.events.push_back({LockEvent::Kind::broken, {"", "db"}, {1, 2}, "alice", Mode::permits, 2, 17, "root: why"});
  return {{{"", "db"}, record}, {{"space", "na\0me"s}, FileRecord()}};
}

TEST(FileRecord, KeepsEveryField) {
  const FileRecords records = some_records();
  EXPECT_EQ(decode_records(encode(records)), records);
  EXPECT_EQ(decode_records(encode({})), FileRecords());
}

TEST(FileRecord, IsRefusedWhenAnythingIsDamaged) {
  const std::string whole = encode(some_records());
  for (std::size_t i = 0; i < whole.size(); ++i) {
    std::string damaged = whole;
    damaged[i] = static_cast<char>(damaged[i] ^ (1 << (i % 8)));
    EXPECT_FALSE(decode_records(damaged)) << "byte " << i;
    EXPECT_FALSE(decode_records(whole.substr(0, i))) << "cut at " << i;
  }
  EXPECT_FALSE(decode_records(whole + "x"));
  EXPECT_FALSE(decode_records(std::string(whole.size(), '\0')));
}

// File systems that fold case, drop points and spaces at the end, compose letters, or end names at a zero byte.
std::string as_a_careless_file_system_has_it(std::string name) {
  name = name.substr(0, name.find('\0'));
  std::ranges::transform(name, name.begin(), [](unsigned char c) { return static_cast<char>(std::tolower(c)); });
  while (!name.empty() && (name.back() == ' ')) name.pop_back();
  return name;
}

TEST(FileName, KeepsNamesApartOnAnyFileSystem) {
  const std::vector<LockName> names = {
      {"", "a"},    {"", "A"},  {"", "a "},           {"", "a\0"s},     {"", "caf\xc3\xa9"}, {"", "a/b"}, {"", "../a"},
      {"", "."},    {"", ".."}, {"", "cafe\xcc\x81"}, {"a", "b"},       {"", "a+b"},         {"a+", "b"}, {"", "%41"},
      {"", "a%20"}, {"A", "b"}, {".", "b"},           {"\xff", "\xfe"}, {"", "\n"},          {"", "con"},
  };
  std::set<std::string> files;
  for (const LockName& name : names) {
    const std::string file = file_name_of(name);
    EXPECT_FALSE(file.starts_with('.'));
    EXPECT_EQ(file.find('/'), file.npos);
    files.insert(as_a_careless_file_system_has_it(file));
  }
  EXPECT_EQ(files.size(), names.size());
}

TEST(FileName, IsShortEnoughForEveryFileSystem) {
  EXPECT_LE(file_name_of({std::string(255, '\xff'), std::string(512, '\xff')}).size(), 200);
  EXPECT_NE(file_name_of({"", std::string(511, 'x') + "1"}), file_name_of({"", std::string(511, 'x') + "2"}));
}

TEST(FileRecord, ReadsNoiseWithoutHarm) {
  RandomStream random(1);
  const std::string whole = encode(some_records());
  for (int i = 0; i < 20'000; ++i) {
    std::string noise = whole;
    for (std::uint64_t n = 1 + random.below(8); n > 0; --n)
      noise[random.below(noise.size())] = static_cast<char>(random.next());
    noise.resize(random.below(noise.size() + 1));
    if (noise != whole) {
      EXPECT_FALSE(decode_records(noise));
    }
  }
}

}  // namespace
}  // namespace lockstep
