// A page holds its document as data and nothing that a reader's browser could run or load because of it.
#include "reports/pages/page.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace lockstep::reports {
namespace {

using Json = nlohmann::ordered_json;
using testing::HasSubstr;
using testing::Not;

constexpr std::string_view kBegin = "<script type=\"application/json\" id=\"document\">";

// What a browser would take for the text of the document: up to the first end of a script element.
std::string embedded(const std::string& page) {
  const auto from = page.find(kBegin) + kBegin.size();
  return page.substr(from, page.find("</script", from) - from);
}

TEST(Page, GivesBackTheDocumentThatItWasMadeOf) {
  const Json document = {{"kind", "violation"},
                         {"title", "Two holders & more"},
                         {"lock", "</script><script>alert(1)</script><!-- \" ' \\ \xE2\x80\xA8 \xC3\xA4"}};
  EXPECT_EQ(Json::parse(embedded(page(document))), document);
}

TEST(Page, LetsNoTextOfItsDocumentBecomeMarkup) {
  const std::string hostile = "</script><img src=x onerror=alert(1)><!--";
  const std::string text = page({{"kind", "violation"}, {"title", hostile}, {"answer", hostile}, {"lock", hostile}});
  EXPECT_THAT(text, Not(HasSubstr("<img")));
  EXPECT_THAT(text, HasSubstr("<title>&lt;/script&gt;&lt;img src=x"));
  EXPECT_THAT(embedded(text), Not(HasSubstr("<")));
}

TEST(Page, ShowsItsAnswerAlsoToWhoRunsNoScripts) {
  EXPECT_THAT(page({{"kind", "x"}, {"title", "t"}, {"answer", "It is safe."}}), HasSubstr("<p>It is safe.</p>"));
}

TEST(Page, ReplacesBytesThatAreNoText) {
  EXPECT_THAT(embedded(page({{"kind", "x"}, {"title", "t"}, {"lock", "\xFF"}})), HasSubstr("\xEF\xBF\xBD"));
}

TEST(Page, LoadsNothing) {
  if (!has_pages()) GTEST_SKIP() << "this build has no pages: esbuild or d3 was not found";
  const std::string text = page({{"kind", "x"}, {"title", "t"}});
  EXPECT_THAT(text, HasSubstr("default-src 'none'"));
  // An address in a script's text (a namespace of SVG) loads nothing, nor does a pattern in the page itself; these
  // would.
  for (const char* loading : {"<link", "<img", " src=", "@import"}) EXPECT_EQ(text.find(loading), text.npos) << loading;
  for (auto at = text.find("url("); at != text.npos; at = text.find("url(", at + 1)) EXPECT_EQ(text[at + 4], '#');
  EXPECT_LT(text.size(), 400'000u);
}

}  // namespace
}  // namespace lockstep::reports
