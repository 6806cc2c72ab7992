// A page: one HTML file that shows a document. It needs no network, no server and no other file. What is shown is data
// in it, never markup: a lock that is called <script> is only a name.
#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

namespace lockstep::reports {

// False: this program was built without the front end, and page() must not be called.
bool has_pages();

// `document` is an object: `kind` says which page it is and `title` what stands over it; the rest is the kind's own,
// told by the header that makes it and, for those who read it, by reports/pages/web/documents.ts. The same document,
// the same bytes. Without scripts a reader sees the title and the `answer`, if there is one.
std::string page(const nlohmann::ordered_json& document);

}  // namespace lockstep::reports
