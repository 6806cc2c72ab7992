// The document stands in a script element that is not run. HTML ends such an element at the first "</script" and
// changes its mind about that at "<!--", so no "<" is let through; JSON has another way to write it.
#include "reports/pages/page.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "reports/pages/page_parts.h"

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;

std::string replaced(std::string_view text, std::string_view what, std::string_view by) {
  std::string result;
  std::size_t from = 0;
  for (auto at = text.find(what); at != text.npos; at = text.find(what, from)) {
    result.append(text.substr(from, at - from)).append(by);
    from = at + what.size();
  }
  return result.append(text.substr(from));
}

std::string as_text(std::string_view text) {
  return replaced(replaced(replaced(text, "&", "&amp;"), "<", "&lt;"), ">", "&gt;");
}

std::string as_data(const Json& document) {
  // Apart from "<": two line ends that JSON lets stand in strings.
  const std::string json = document.dump(-1, ' ', false, Json::error_handler_t::replace);
  return replaced(replaced(replaced(json, "<", "\\u003c"), "\xE2\x80\xA8", "\\u2028"), "\xE2\x80\xA9", "\\u2029");
}

}  // namespace

bool has_pages() { return !page_script().empty(); }

std::string page(const Json& document) {
  const std::string title = as_text(document.at("title").get<std::string>());
  const std::string answer = as_text(document.value("answer", ""));
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
      // Nothing is loaded, whatever the data say.
      "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; script-src 'unsafe-inline'; "
      "style-src 'unsafe-inline'; img-src data:\">\n"
      "<title>{}</title>\n<style>{}</style>\n</head>\n<body>\n"
      "<main id=\"page\"><h1>{}</h1><p>{}</p></main>\n"
      "<script type=\"application/json\" id=\"document\">{}</script>\n<script>{}</script>\n</body>\n</html>\n",
      title, page_style(), title, answer, as_data(document), page_script());
}

}  // namespace lockstep::reports
