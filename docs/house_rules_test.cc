// The house rules that a reader of text can check: sizes, opening comments, no notes to self, and none of the
// words by which real time, real chance or unordered memory would get into a run. What it objects to, it says
// with the reason.
#include <fmt/format.h>
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "docs/source_text.h"

namespace lockstep::docs {
namespace {

constexpr std::size_t kLongestSource = 600;
constexpr std::size_t kLongestHeader = 250;
constexpr int kLongestBody = 70;

struct BannedWord {
  std::string_view word;
  std::vector<std::string_view> folders;
  std::string_view because;
};

struct Allowance {
  std::string_view path;
  std::string_view word;
  std::string_view because;
};

const std::vector<std::string_view> kDeterministic = {"impl", "sim", "models", "scenarios", "properties"};
const std::vector<std::string_view> kDeciding = {"impl", "sim", "models", "scenarios"};

const std::vector<BannedWord>& banned_words() {
  static const std::string_view clock = "time is read through the Clock seam, or a run depends on the machine";
  static const std::string_view chance = "chance is drawn from the Random seam, or a run cannot be repeated";
  static const std::string_view library = "the standard leaves its result to the library; draw integers from Random";
  static const std::string_view order = "its order depends on the library and on addresses; use the ordered one";
  static const std::string_view number = "floating point reaches no decision and no trace; use integers and ratios";
  static const std::string_view thread = "a run has no threads; blocking work goes through the blocking seam";
  static const std::vector<BannedWord> all = {
      {"steady_clock::now", kDeterministic, clock},
      {"system_clock::now", kDeterministic, clock},
      {"high_resolution_clock", kDeterministic, clock},
      {"gettimeofday", kDeterministic, clock},
      {"clock_gettime", kDeterministic, clock},
      {"steady_timer", kDeterministic, "merely constructed on our executor, it starts a real thread"},
      {"std::this_thread", kDeterministic, thread},
      {"std::thread", kDeterministic, thread},
      {"std::jthread", kDeterministic, thread},
      {"std::async", kDeterministic, thread},
      {"random_device", kDeterministic, chance},
      {"mt19937", kDeterministic, chance},
      {"mt19937_64", kDeterministic, chance},
      {"std::rand", kDeterministic, chance},
      {"uniform_int_distribution", kDeterministic, library},
      {"uniform_real_distribution", kDeterministic, library},
      {"bernoulli_distribution", kDeterministic, library},
      {"std::shuffle", kDeterministic, library},
      {"std::ranges::shuffle", kDeterministic, library},
      {"std::sample", kDeterministic, library},
      {"unordered_map", kDeterministic, order},
      {"unordered_set", kDeterministic, order},
      {"float", kDeciding, number},
      {"double", kDeciding, number},
  };
  return all;
}

// Where a banned word is right. An allowance that nobody uses fails the test below.
const std::vector<Allowance>& allowances() {
  static const std::vector<Allowance> all = {
      {"properties/stopwatch.cc", "clock_gettime", "limits and progress of a campaign; no run sees it"},
      {"impl/observe/prometheus_telemetry.cc", "double", "prometheus-cpp counts in doubles; nothing reads them back"},
      {"sim/sqlite_vfs.cc", "double", "SQLite's xCurrentTime answers in a double; it is made of integers"},
      {"impl/adapter/machine_time.cc", "steady_clock::now", "it is for programs that live by the machine's clock"},
      {"impl/adapter/machine_time.cc", "std::this_thread", "likewise"},
      {"scenarios/summary.h", "double", "the seconds a campaign took on this machine; printed, they decide nothing"},
  };
  return all;
}

bool is_in(std::string_view path, const std::vector<std::string_view>& folders) {
  return std::ranges::any_of(folders, [&](auto folder) { return is_below(path, folder); });
}

const Allowance* allowance_for(std::string_view path, std::string_view word) {
  for (const auto& allowance : allowances()) {
    if (allowance.path == path && allowance.word == word) return &allowance;
  }
  return nullptr;
}

using Objections = std::vector<std::string>;

Objections objections_to_words(const SourceFile& file, std::set<const Allowance*>* used = nullptr) {
  Objections found;
  if (is_test(file.path) || is_below(file.path, "impl/env/real")) return found;
  const auto code = code_of(file.text);
  for (const auto& [word, folders, because] : banned_words()) {
    if (!is_in(file.path, folders)) continue;
    for (const int line : lines_with(code, word)) {
      if (const auto* allowance = allowance_for(file.path, word)) {
        if (used != nullptr) used->insert(allowance);
      } else {
        found.push_back(fmt::format("{}:{} says {}: {}", file.path, line, word, because));
      }
    }
  }
  return found;
}

Objections objections_to_size(const SourceFile& file) {
  Objections found;
  const auto length = lines_of(file.text).size();
  const auto ceiling = is_header(file.path) ? kLongestHeader : kLongestSource;
  if (length > ceiling) {
    found.push_back(
        fmt::format("{} has {} lines, {} at most: which two things does it do?", file.path, length, ceiling));
  }
  for (const auto& body : bodies_of(code_of(file.text))) {
    if (body.last_line == 0) {
      found.push_back(fmt::format("{}:{} opens a brace that is never closed, as far as docs/source_text.h can read",
                                  file.path, body.first_line));
    } else if (body.last_line - body.first_line + 1 > kLongestBody) {
      found.push_back(fmt::format("{}:{} begins a function of {} lines, {} at most: name its parts", file.path,
                                  body.first_line, body.last_line - body.first_line + 1, kLongestBody));
    }
  }
  return found;
}

Objections objections_to_comments(const SourceFile& file) {
  // In two halves, or this file would object to itself.
  static const std::vector<std::string> notes = {
      "TO"
      "DO",
      "FIX"
      "ME",
      "XX"
      "X",
      "HA"
      "CK"};
  Objections found;
  if (!file.text.starts_with("// ")) {
    found.push_back(fmt::format("{} opens without a comment that says what it is, promises and leaves out", file.path));
  }
  for (const auto& note : notes) {
    for (const int line : lines_with(file.text, note)) {
      found.push_back(fmt::format("{}:{} says {}: do it now, or open an issue", file.path, line, note));
    }
  }
  return found;
}

// Where the expression that is awaited at `from` builds a temporary in braces or makes a closure; npos if nowhere. It
// ends with its statement, or with the parenthesis or brace around it.
std::size_t temporary_in(std::string_view awaited, std::size_t from) {
  int depth = 0;
  char before = ' ';
  for (auto at = from; at < awaited.size(); ++at) {
    const char c = awaited[at];
    if (c == ' ' || c == '\n') continue;
    const bool subscript = is_word(before) || before == ')' || before == ']';
    if (c == '{' || (c == '[' && !subscript)) return at;
    if (c == ';' || (c == ',' && depth == 0)) break;
    if (c == '(' || c == '[') ++depth;
    if ((c == ')' || c == ']' || c == '}') && depth-- == 0) break;
    before = c;
  }
  return std::string_view::npos;
}

Objections objections_to_awaits(const SourceFile& file) {
  static constexpr std::string_view kAwait = "co_await ";
  Objections found;
  const auto code = code_of(file.text);
  for (auto at = code.find(kAwait); at != code.npos; at = code.find(kAwait, at + 1)) {
    const auto culprit = temporary_in(code, at + kAwait.size());
    if (culprit == code.npos || (at > 0 && is_word(code[at - 1]))) continue;
    const auto line = 1 + std::ranges::count(code.substr(0, culprit), '\n');
    found.push_back(
        fmt::format("{}:{} awaits a call with a temporary {}: g++ 12 destroys it twice; give it a name and move it",
                    file.path, line, code[culprit] == '{' ? "built in braces" : "closure"));
  }
  return found;
}

void expect_none(const Objections& objections) {
  for (const auto& objection : objections) ADD_FAILURE() << objection;
}

TEST(HouseRules, NothingUndeterminedGetsIntoARun) {
  std::set<const Allowance*> used;
  for (const auto& file : read_sources(LOCKSTEP_ROOT)) expect_none(objections_to_words(file, &used));
  for (const auto& allowance : allowances()) {
    EXPECT_TRUE(used.contains(&allowance))
        << allowance.path << " no longer says " << allowance.word << ": remove the allowance";
  }
}

TEST(HouseRules, FilesAndFunctionsFitAReader) {
  for (const auto& file : read_sources(LOCKSTEP_ROOT)) expect_none(objections_to_size(file));
}

TEST(HouseRules, EveryFileSaysWhatItIsAndNoneHasNotesToSelf) {
  for (const auto& file : read_sources(LOCKSTEP_ROOT)) expect_none(objections_to_comments(file));
}

TEST(HouseRules, NoAwaitedCallIsGivenATemporaryThatTheCompilerDestroysTwice) {
  for (const auto& file : read_sources(LOCKSTEP_ROOT)) expect_none(objections_to_awaits(file));
}

TEST(SourceText, IsReadFromEveryFolder) {
  const auto files = read_sources(LOCKSTEP_ROOT);
  for (const auto* path : {"impl/env/time.h", "sim/world.cc", "models/history.h", "docs/house_rules_test.cc"}) {
    EXPECT_TRUE(std::ranges::any_of(files, [&](const auto& file) { return file.path == path; })) << path;
  }
}

TEST(SourceText, CommentsAndLiteralsAreNoCode) {
  EXPECT_EQ(code_of("a; // double\nb;"), "a;          \nb;");
  EXPECT_EQ(code_of("a /* x\ny */ b"), "a     \n     b");
  EXPECT_EQ(code_of(R"(f("a // b", '"', 'c');)"), R"(f("      ", ' ', ' ');)");
  EXPECT_EQ(code_of(R"(f("\"{", '\'', x);)"), R"(f("   ", '  ', x);)");
  EXPECT_EQ(code_of("n = 1'000'000; m = '{';"), "n = 1'000'000; m = ' ';");
  EXPECT_EQ(code_of("s = R\"(a \" { )\"; t"), "s = " + std::string(11, ' ') + "; t");
  EXPECT_EQ(code_of("s = R\"x(a )\" )x\"; t"), "s = " + std::string(12, ' ') + "; t");
}

TEST(SourceText, WordsAreWholeWords) {
  EXPECT_EQ(lines_with("double x;\nredouble();\ndoubled;\nf(double)", "double"), (std::vector{1, 4}));
  EXPECT_EQ(lines_with("std::chrono::steady_clock::now()", "steady_clock::now"), (std::vector{1}));
}

std::vector<int> lengths_in(std::string_view code) {
  std::vector<int> lengths;
  for (const auto& body : bodies_of(code))
    lengths.push_back(body.last_line == 0 ? -1 : body.last_line - body.first_line + 1);
  return lengths;
}

TEST(SourceText, BodiesAreFoundWhereverFunctionsStand) {
  using Lengths = std::vector<int>;
  EXPECT_EQ(lengths_in("int f() {\n if (x) {\n }\n}\n"), Lengths({4}));
  EXPECT_EQ(lengths_in("namespace a {\nclass B : public C {\n public:\n  void f() const {\n  }\n  int g();\n};\n}\n"),
            Lengths({2}));
  EXPECT_EQ(lengths_in("B::B(int a) : a_{a}, b_(2), c_{\n3} {\n\n}\n"), Lengths({3}));
  EXPECT_EQ(lengths_in("void f(Options o = {}, int n = 3) {\n}\n"), Lengths({2}));
  EXPECT_EQ(lengths_in("auto f() -> std::vector<int> {\n}\nbool operator==(const A& b) {\n}\n"), Lengths({2, 2}));
  EXPECT_EQ(lengths_in("TEST(A, B) {\n  auto f = [] {\n  };\n}\n"), Lengths({4}));
  EXPECT_EQ(
      lengths_in("enum class A : int { a, b };\nconst int t[] = {\n1,\n2};\nint u{3};\nauto v = make({\n1\n});\n"),
      Lengths({}));
  EXPECT_EQ(lengths_in("#define A \\\n {\nint f() {\n}\n"), Lengths({2}));
  EXPECT_EQ(lengths_in("int f() {\n"), Lengths({-1}));
}

TEST(HouseRules, ObjectToMadeUpOffenders) {
  const auto words = [](std::string path, std::string text) { return objections_to_words({path, text}); };
  EXPECT_EQ(
      words("sim/world.cc", "\nauto t = std::chrono::steady_clock::now();\n"),
      Objections({"sim/world.cc:2 says steady_clock::now: time is read through the Clock seam, or a run depends on "
                  "the machine"}));
  for (const auto& [word, folders, because] : banned_words()) {
    for (const auto folder : folders) {
      EXPECT_EQ(words(fmt::format("{}/a.cc", folder), fmt::format("{} x;", word)).size(), 1) << folder << " " << word;
    }
  }
  EXPECT_EQ(words("impl/env/real/clock.cc", "steady_clock::now()"), Objections());
  EXPECT_EQ(words("sim/world_test.cc", "std::random_device r;"), Objections());
  EXPECT_EQ(words("sim/world.cc", "// not a double\nf(\"double\");"), Objections());
  EXPECT_EQ(words("reports/text.cc", "double share;"), Objections());

  const auto size = [](std::string path, std::string text) { return objections_to_size({path, text}).size(); };
  const auto lines = [](std::size_t count) { return std::string(count, '\n'); };
  EXPECT_EQ(size("sim/a.h", lines(kLongestHeader)), 0);
  EXPECT_EQ(size("sim/a.h", lines(kLongestHeader + 1)), 1);
  EXPECT_EQ(size("sim/a.cc", lines(kLongestSource)), 0);
  EXPECT_EQ(size("sim/a.cc", lines(kLongestSource + 1)), 1);
  EXPECT_EQ(size("sim/a.cc", "int f() {" + lines(kLongestBody - 1) + "}"), 0);
  EXPECT_EQ(size("sim/a.cc", "int f() {" + lines(kLongestBody) + "}"), 1);
  EXPECT_EQ(size("sim/a.cc", "int f() {"), 1);

  const auto comments = [](std::string text) { return objections_to_comments({"sim/a.cc", text}).size(); };
  EXPECT_EQ(comments("// The world.\n"), 0);
  EXPECT_EQ(comments("#pragma once\n"), 1);
  EXPECT_EQ(comments(std::string("// The world. TO") + "DO: more\n"), 1);
}

TEST(HouseRules, KnowAnAwaitedTemporaryWhenTheySeeOne) {
  const auto awaits = [](std::string text) { return objections_to_awaits({"impl/a.cc", text}); };
  EXPECT_EQ(awaits("f();\nauto a = co_await store.renew(\n    {key, name}, limit);\n"),
            Objections({"impl/a.cc:3 awaits a call with a temporary built in braces: g++ 12 destroys it twice; give it "
                        "a name and move it"}));
  EXPECT_EQ(awaits("co_await blocking(lane, clock, [&] { return 1; });"),
            Objections({"impl/a.cc:1 awaits a call with a temporary closure: g++ 12 destroys it twice; give it a name "
                        "and move it"}));
  for (const auto* wrong :
       {"co_await f(Request{1});", "co_await f(a, {});", "co_await f(g(std::vector<int>{1, 2}));",
        "co_return co_await f(Request{});", "if (co_await f(Request{}) == a) return;", "co_await Wait{clock}.until(t);",
        "co_await f(a[0], [] {});", "co_await f(\n    a,\n    [x = 1]() mutable { return x; });",
        "a && co_await f(x ? y : Request{});", "co_await f(operation = [] {});"}) {
    EXPECT_EQ(awaits(wrong).size(), 1) << wrong;
  }
  for (const auto* right :
       {"co_await f(std::move(request));", "if (co_await f(a)) {\n  return {};\n}", "T t{co_await f(a)};",
        "while (auto m = co_await receive(endpoint)) {", "for (auto x : co_await f()) { g({}); }",
        "auto work = [] {};\nco_await f(std::move(work));", "Request r{1};", "g(co_await f(a), {});",
        "co_await f(a[i], b()[0], c[1][2]);", "co_await f(\"{}\", '[');", "// co_await f({});\n",
        "X operator co_await() {", "not_co_await f({});", "co_await f(a); g({});"}) {
    EXPECT_EQ(awaits(right), Objections()) << right;
  }
}

}  // namespace
}  // namespace lockstep::docs
