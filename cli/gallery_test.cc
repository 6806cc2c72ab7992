// The gallery is what the program says today, of a lock and an axis each that are quickly measured; and its page names
// every lock that it has.
#include <nlohmann/json.hpp>

#include "cli/program_test.h"

namespace lockstep::cli {
namespace {

const std::string kGallery = LOCKSTEP_ROOT "/reports/gallery/";

// Where examples lie is up to who measures.
nlohmann::json axis_of(const std::string& text, const std::string& name) {
  auto report = nlohmann::json::parse(text);
  for (auto& axis : report["axes"]) {
    if (axis["name"] != name) continue;
    for (auto& boundary : axis["boundaries"]) boundary["example"].erase("file"), boundary["example"].erase("replay");
    return axis;
  }
  return {};
}

class Gallery : public Program {};

TEST_F(Gallery, IsWhatTheProgramMeasures) {
  for (const auto& [lock, axis] : std::vector<std::pair<std::string, std::string>>{
           {"memory", "drift"}, {"redis", "step"}, {"filesystem", "power"}, {"memory+wall-clock", "crash"}}) {
    const Ended ended = runs("envelope " + lock + " --no-maps --runs 40 --axes " + axis + " --json -");
    EXPECT_LE(ended.code, 1) << ended.err;
    const auto kept = axis_of(text_of(kGallery + lock + ".json"), axis);
    EXPECT_FALSE(kept.is_null()) << lock << " has no axis " << axis;
    EXPECT_EQ(axis_of(ended.out, axis), kept) << "make it anew: reports/gallery/make " << lock;
  }
}

TEST_F(Gallery, HasEightLocksAtLeastAndASentenceForEach) {
  const std::string page = text_of(kGallery + "README.md");
  int locks = 0;
  for (const auto& file : std::filesystem::directory_iterator(kGallery)) {
    if (file.path().extension() != ".json") continue;
    ++locks;
    const std::string name = file.path().stem();
    EXPECT_TRUE(says(page, "| [" + name + "](" + name + ".txt) |")) << name;
    EXPECT_TRUE(says(page, "- **" + name + "**")) << "a sentence on where " << name << " breaks and why";
    EXPECT_TRUE(says(text_of(kGallery + name + ".txt"), name + " ")) << name;
  }
  EXPECT_GE(locks, 8);
}

// What broke first can be seen from the files alone.
TEST_F(Gallery, HasRunsThatBreakWhatTheySay) {
  int replayed = 0;
  for (const auto& file : std::filesystem::directory_iterator(kGallery + "examples")) {
    if (++replayed > 12) break;
    EXPECT_EQ(runs("replay '" + file.path().string() + "'").code, 1) << file.path();
  }
  EXPECT_GT(replayed, 5);
}

}  // namespace
}  // namespace lockstep::cli
