// A page is linked if it is there: the folder of pages can be sent as a whole.
#include "cli/stored_envelopes.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "cli/app.h"
#include "cli/campaign_pages.h"
#include "cli/terminal.h"
#include "reports/envelope_read.h"
#include "reports/pages/envelope_page.h"

namespace lockstep::cli {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::ordered_json;

std::string text_in(const fs::path& file) {
  std::ifstream stream(file);
  std::stringstream text;
  text << stream.rdbuf();
  return text.str();
}

Json read(const std::string& file) {
  if (!std::ifstream(file)) throw UsageError(fmt::format("cannot read {}", reports::printable(file)));
  auto told = reports::envelope_read(text_in(file));
  if (!told) throw UsageError(fmt::format("{} {}", reports::printable(file), told.error()));
  return *std::move(told);
}

// "- **name** breaks by ...", up to the next item or an empty line; the marks of code are left out.
std::string sentence_in(const std::string& readme, const std::string& name) {
  const std::string begin = "\n- **" + name + "** ";
  const auto at = readme.find(begin);
  if (at == readme.npos) return "";
  const std::string item = readme.substr(at + begin.size());
  const auto end = std::min({item.find("\n- "), item.find("\n\n"), item.size()});
  std::string words;
  std::istringstream all(item.substr(0, end));
  for (std::string word; all >> word;) words += (words.empty() ? "" : " ") + word;
  std::erase(words, '`');
  return words;
}

std::string link_to(const std::string& html, const std::string& json) {
  const std::string name = fs::path(json).stem().string() + ".html";
  std::error_code error;
  return fs::exists(fs::path(html).parent_path() / name, error) ? name : "";
}

Json page_of(const ReportArguments& a, const std::vector<std::string>& files, const std::vector<Json>& told) {
  if (!fs::is_directory(a.state)) return reports::envelope_document(told.front());
  std::vector<reports::EnvelopeBeside> all;
  const std::string readme = "\n" + text_in(fs::path(a.state) / "README.md");
  for (std::size_t i = 0; i < files.size(); ++i) {
    all.push_back({&told[i], sentence_in(readme, told[i]["backend"]), link_to(a.html, files[i])});
  }
  return reports::envelopes_document(all, fmt::format("{} report {} --html {}", reports::called_as(),
                                                      reports::shell_word(a.state), reports::shell_word(a.html)));
}

}  // namespace

std::vector<std::string> envelope_files(const std::string& path) {
  std::error_code error;
  if (fs::path(path).extension() == ".json") return {path};
  std::vector<std::string> files;
  for (const auto& entry : fs::directory_iterator(path, error)) {
    if (entry.path().extension() == ".state") return {};
    if (entry.path().extension() == ".json" && entry.is_regular_file(error)) files.push_back(entry.path());
  }
  const auto begins_so = [](const std::string& file) {
    return text_in(file).substr(0, 100).find("\"lockstep_envelope\"") != std::string::npos;
  };
  if (std::ranges::none_of(files, begins_so)) return {};
  std::ranges::sort(files);
  return files;
}

int report_envelopes(const ReportArguments& a, const std::vector<std::string>& files) {
  std::vector<Json> told;
  for (const std::string& file : files) told.push_back(read(file));
  const auto ended = [&](const char* outcome) {
    return std::ranges::any_of(told, [&](const Json& one) { return one["outcome"] == outcome; });
  };
  for (const Json& one : told) {
    fmt::print("{}", reports::wrapped(reports::printable(one["answer"].get<std::string>()), 0, style_of_output()));
  }
  if (!a.html.empty() && write_page(a.html, page_of(a, files, told))) fmt::print("\nThe page: {}\n", a.html);
  return ended("broken") ? kViolation : ended("open") ? kInconclusive : kClean;
}

}  // namespace lockstep::cli
