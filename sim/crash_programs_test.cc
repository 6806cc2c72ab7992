// Random programs that end in a power loss, compared with a model that knows what may be left: a synced byte is there,
// an unsynced one is its old or one of its new values, a byte lost by a failed sync likewise whatever is synced later,
// and the names are those of some moment since the last directory sync. Sectors are four bytes.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck.h>

#include <algorithm>
#include <map>
#include <set>

#include "sim/sim_file_system.h"
#include "sim/sqlite_test_process.h"

namespace lockstep::sim {
namespace {

enum class What : std::uint8_t {
  write,
  truncate,
  sync,
  fail_sync,
  create,
  remove,
  rename,
  link,
  sync_names,
  fail_to_sync_names,
  count
};
constexpr std::string_view kWords[] = {"write",  "truncate", "sync", "fail to sync", "create",
                                       "remove", "rename",   "link", "sync names",   "fail to sync names"};
struct Step {
  What what{};
  std::string name;
  std::string other;
  std::uint64_t offset = 0;
  std::string text;
};
void showValue(const Step& step, std::ostream& out) {
  out << fmt::format("{} {} {} at {} \"{}\"\n", kWords[static_cast<std::size_t>(step.what)], step.name, step.other,
                     step.offset, step.text);
}

// Everything that one file may turn out to be.
struct Expected {
  struct Byte {
    char now = 0;
    std::set<char> possible{0};
    bool pending = false;  // the next good sync decides it
  };
  std::vector<Byte> bytes = std::vector<Byte>(64);
  std::uint64_t size = 0;
  std::uint64_t least = 0;  // of the sizes since the last sync, or ever, once one has failed
  std::uint64_t most = 0;
  bool parted = false;

  // What a write or an extension skips: zeros, but of a durable copy that has gone its own way only by chance.
  void gap(std::uint64_t end) {
    for (std::uint64_t i = size; i < end; ++i) set(i, 0, !parted);
  }
  void set(std::uint64_t at, char value, bool pending = true) {
    bytes[at].now = value;
    bytes[at].possible.insert(value);
    if (pending) bytes[at].pending = true;
  }
  void resize(std::uint64_t to) {
    for (std::uint64_t i = to; i < size; ++i) set(i, 0);
    size = to;
    least = std::min(least, size);
    most = std::max(most, size);
  }
  void write(std::uint64_t at, std::string_view text) {
    if (text.empty()) return;
    gap(at);
    for (std::uint64_t i = 0; i < text.size(); ++i) set(at + i, text[i]);
    if (at + text.size() > size) resize(at + text.size());
  }
  void truncate(std::uint64_t to) {
    gap(to);
    resize(to);
  }
  void sync(bool well) {
    for (auto& byte : bytes) {
      if (well && byte.pending) byte.possible = {byte.now};
      byte.pending = false;
    }
    parted = parted || !well;
    if (!parted) least = most = size;
  }
  bool allows(std::string_view left) const {
    if (left.size() < least || left.size() > most) return false;
    for (std::size_t i = 0; i < left.size(); ++i) {
      if (!bytes[i].possible.contains(left[i])) return false;
    }
    return true;
  }
};

using Names = std::map<std::string, std::shared_ptr<Expected>>;

struct Pair {
  Disk disk{{.sector_bytes = 4}};
  TestGate gate{1};
  SimFileSystem files{disk, gate, 1};
  Names names;
  std::vector<Names> moments{{}};  // since the last directory sync, one of which is left

  void does(const Step& step) {
    const auto found = names.find(step.name);
    if (step.what >= What::sync_names) return syncs_names(step.what == What::sync_names);
    if (step.what == What::create && found == names.end()) {
      RC_ASSERT(files.open(step.name, {.write = true, .create = true}).has_value());
      names[step.name] = std::make_shared<Expected>();
      return moments.push_back(names);
    }
    if (found == names.end()) return;
    step.what < What::create ? changes_content(step, *found->second) : changes_name(step, found);
  }

  void changes_content(const Step& step, Expected& expected) {
    const auto file = files.open(step.name, {.write = true}).value();
    if (step.what == What::write) {
      RC_ASSERT(file->write_at(step.offset, std::as_bytes(std::span(step.text))).has_value());
      expected.write(step.offset, step.text);
    } else if (step.what == What::truncate) {
      RC_ASSERT(file->truncate(step.offset).has_value());
      expected.truncate(step.offset);
    } else {
      const bool well = step.what == What::sync;
      if (!well) gate.refuses(StorageCall::sync);
      RC_ASSERT(file->sync().has_value() == well);
      expected.sync(well);
    }
  }

  void changes_name(const Step& step, Names::iterator found) {
    if (step.what == What::remove) {
      RC_ASSERT(files.remove(step.name).has_value());
      names.erase(found);
    } else if (step.what == What::rename) {
      RC_ASSERT(files.rename(step.name, step.other).has_value());
      const auto other = names.find(step.other);
      if (other != names.end() && other->second == found->second) return;
      names[step.other] = found->second;
      names.erase(step.name);
    } else if (step.what == What::link) {
      const bool free = !names.contains(step.other);
      RC_ASSERT(files.link(step.name, step.other).has_value() == free);
      if (free) names[step.other] = found->second;
    }
    moments.push_back(names);
  }

  void syncs_names(bool well) {
    if (!well) gate.refuses(StorageCall::sync);
    RC_ASSERT(files.sync_directory("/").has_value() == well);
    if (well) moments = {names};
  }

  std::map<std::string, std::string> left() {
    std::map<std::string, std::string> contents;
    const auto listed = files.list("/").value();
    for (const auto& name : listed) {
      auto& text = contents["/" + name];
      const auto file = files.open("/" + name, {}).value();
      text.resize(file->size().value());
      RC_ASSERT(file->read_at(0, std::as_writable_bytes(std::span(text))).value() == text.size());
    }
    return contents;
  }
};

bool allowed(const Names& moment, const std::map<std::string, std::string>& left) {
  if (moment.size() != left.size()) return false;
  return std::ranges::all_of(left, [&](const auto& file) {
    const auto expected = moment.find(file.first);
    if (expected == moment.end() || !expected->second->allows(file.second)) return false;
    // Two names of one file show the same.
    return std::ranges::all_of(moment, [&](const auto& other) {
      return other.second != expected->second || left.at(other.first) == file.second;
    });
  });
}

rc::Gen<Step> steps() {
  return rc::gen::exec([] {
    constexpr std::string_view names[] = {"/a", "/b", "/c"};
    Step step;
    // Writes, syncs and creations more often than the rest.
    const auto what = *rc::gen::inRange(0, static_cast<int>(What::count) + 6);
    constexpr What often[] = {What::write, What::write, What::write, What::sync, What::create, What::create};
    const int kinds = static_cast<int>(What::count);
    step.what = what < kinds ? static_cast<What>(what) : often[what - kinds];
    step.name = names[*rc::gen::inRange(0, 3)];
    step.other = names[*rc::gen::inRange(0, 3)];
    step.offset = *rc::gen::inRange<std::uint64_t>(0, 24);
    step.text = std::string(*rc::gen::inRange<std::size_t>(0, 12), *rc::gen::inRange('a', 'z'));
    return step;
  });
}

TEST(CrashPrograms, LeaveWhatWasSyncedAndInventNothing) {
  const rc::detail::TestParams params{.seed = 20'261'126, .maxSuccess = 2000, .maxSize = 40};
  const auto result = rc::detail::checkTestable(
      [] {
        const auto program = *rc::gen::container<std::vector<Step>>(steps());
        Pair pair;
        for (const auto& step : program) pair.does(step);
        RandomStream random(*rc::gen::arbitrary<std::uint64_t>());
        pair.disk.power_loss(random);
        const auto left = pair.left();
        RC_ASSERT(std::ranges::any_of(pair.moments, [&](const Names& moment) { return allowed(moment, left); }));
        // Now it is decided for good.
        pair.disk.power_loss(random);
        RC_ASSERT(pair.left() == left);
      },
      rc::detail::TestMetadata{}, params);
  std::ostringstream told;
  rc::detail::printResultMessage(result, told);
  EXPECT_TRUE(result.template is<rc::detail::SuccessResult>()) << told.str();
}

}  // namespace
}  // namespace lockstep::sim
