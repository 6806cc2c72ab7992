// from_json: a visitor of the fields that takes each one from a JSON tree. After the first failure every read leaves
// the value as it is; the failure is told at the end.
#include <fmt/format.h>

#include <limits>
#include <new>
#include <nlohmann/json.hpp>

#include "scenarios/json_document.h"
#include "scenarios/scenario_fields.h"
#include "scenarios/scenario_json.h"
#include "scenarios/wording.h"

namespace lockstep::scenarios {
namespace {

using nlohmann::json;

std::string shown(const json& value) {
  if (value.is_object()) return "an object";
  if (value.is_array()) return "a list";
  if (value.is_string()) return in_quotes(value.get_ref<const std::string&>());
  return value.dump();
}

// "client 2" is number 2 after the word "client".
std::optional<std::uint32_t> number_after(std::string_view word, std::string_view text) {
  if (!text.starts_with(word) || !text.substr(word.size()).starts_with(' ')) return std::nullopt;
  const auto digits = text.substr(word.size() + 1);
  if (digits.empty() || digits.size() > 10 || digits.find_first_not_of("0123456789") != digits.npos)
    return std::nullopt;
  std::uint64_t number = 0;
  for (const char c : digits) number = number * 10 + static_cast<std::uint64_t>(c - '0');
  if (number > std::numeric_limits<std::uint32_t>::max()) return std::nullopt;
  return static_cast<std::uint32_t>(number);
}

std::vector<std::string_view> fault_names() {
  std::vector<std::string_view> names;
  for (int kind = 0; kind < sim::kFaultKinds; ++kind) {
    names.push_back(sim::facts_of(static_cast<sim::FaultKind>(kind)).name);
  }
  return names;
}

std::vector<std::string_view> property_names() {
  std::vector<std::string_view> names;
  for (int property = 0; property < models::kPropertyCount; ++property) {
    names.push_back(models::name_of(static_cast<models::Property>(property)));
  }
  return names;
}

// What to write for a field that is missing.
constexpr std::string_view example(const std::string*) { return R"("sqlite")"; }
constexpr std::string_view example(const std::integral auto*) { return "1"; }
constexpr std::string_view example(const Duration*) { return R"("250 ms")"; }
constexpr std::string_view example(const sim::TrueTime*) { return R"("250 ms")"; }
constexpr std::string_view example(const sim::FaultKind*) { return R"("pause-process")"; }

class Reader {
 public:
  Reader(const json& object, std::string place, const Scenario& scenario, std::string& error)
      : object_(object), place_(std::move(place)), scenario_(scenario), error_(error) {}

  void version(std::string_view name) {
    const json* value = find(name, "1");
    if (value == nullptr || *value == json(kScenarioVersion)) return;
    fail(name, fmt::format("{} is not known here; write {}, or use a newer program", shown(*value), kScenarioVersion));
  }
  template <typename T>
  void field(std::string_view name, T& value) {
    if (const json* found = find(name, example(static_cast<const T*>(nullptr)))) read(name, *found, value);
  }
  template <typename T>
  void field(std::string_view name, T& value, const T& fallback) {
    value = fallback;
    if (const json* found = find(name)) read(name, *found, value);
  }
  void signed_field(std::string_view name, Duration& value, Duration fallback) {
    value = fallback;
    if (const json* found = find(name)) read_signed(name, *found, value);
  }
  void target(std::string_view name, sim::Fault& fault) {
    const bool process = sim::facts_of(fault.kind).subject == sim::FaultSubject::process;
    const json* found = find(name, process ? R"("client 0")" : R"("host 0")");
    if (found == nullptr) return;
    if (process) {
      read_process(name, *found, fault.target);
    } else {
      read_host(name, *found, fault.target);
    }
  }
  void other(std::string_view name, sim::Fault& fault) {
    const bool link = sim::facts_of(fault.kind).subject == sim::FaultSubject::link;
    if (const json* found = link ? find(name, R"("host 1")") : find(name)) read_host(name, *found, fault.other);
  }
  void amount(std::string_view name, sim::Fault& fault) {
    const json* found = find(name);
    if (found == nullptr) return;
    if (sim::facts_of(fault.kind).amount == "ns") {
      Duration duration{};
      read_signed(name, *found, duration);
      fault.amount = duration.count();
    } else {
      constexpr std::int64_t most = std::numeric_limits<std::int64_t>::max();
      read_integer(name, *found, -most, most, fault.amount);
    }
  }
  template <typename T>
  void object(std::string_view name, T& value) {
    if (const json* found = find(name)) read_object(place_of(name), *found, value);
  }
  template <typename T>
  void list(std::string_view name, std::vector<T>& values) {
    if (const json* found = find(name, "[{}, {}]")) read_list(name, *found, values);
  }
  template <typename T>
  void lines(std::string_view name, std::vector<T>& values) {
    if (const json* found = find(name)) read_list(name, *found, values);
  }
  void host_list(std::string_view name, std::vector<std::uint32_t>& hosts, bool optional = false) {
    const json* found = optional ? find(name) : find(name, R"(["host 1"])");
    if (found == nullptr || !is_list(name, *found)) return;
    for (const json& value : *found) {
      const auto item = fmt::format("{}[{}]", name, hosts.size());
      read_host(item, value, hosts.emplace_back());
    }
  }

  void numbers(std::string_view name, std::vector<std::uint32_t>& values) {
    const json* found = find(name);
    if (found == nullptr || !is_list(name, *found)) return;
    for (const json& value : *found) {
      const auto item = fmt::format("{}[{}]", name, values.size());
      read(item, value, values.emplace_back());
    }
  }

  // Before anything is read: a misspelt field is told as such, not as missing.
  template <typename T>
  bool all_known() {
    if (!error_.empty()) return false;
    const auto& known = FieldNames::of<T>();
    for (const auto& [name, value] : object_.items()) {
      if (std::ranges::find(known, name) != known.end()) continue;
      fail(field_text(name), fmt::format("no such field; {}", suggestion(name, known)));
      return false;
    }
    return true;
  }

 private:
  std::string place_of(std::string_view name) const {
    return place_.empty() ? std::string(name) : fmt::format("{}.{}", place_, name);
  }
  void fail_at(std::string_view place, std::string_view words) {
    if (error_.empty()) error_ = fmt::format("{}: {}", place, words);
  }
  void fail(std::string_view name, std::string_view words) { fail_at(place_of(name), words); }

  const json* find(std::string_view name) const {
    if (!error_.empty()) return nullptr;
    const auto found = object_.find(name);
    return found == object_.end() ? nullptr : &*found;
  }
  const json* find(std::string_view name, std::string_view for_example) {
    const json* const found = find(name);
    if (found == nullptr) fail(name, fmt::format("is missing; add it, like \"{}\": {}", name, for_example));
    return found;
  }
  bool is_list(std::string_view name, const json& value) {
    if (!value.is_array()) fail(name, fmt::format("{} is not a list; write it in [ ]", shown(value)));
    return value.is_array();
  }
  template <typename T>
  void read_object(const std::string& place, const json& value, T& out) {
    if (!value.is_object()) return fail_at(place, fmt::format("{} is not an object; write it in {{ }}", shown(value)));
    Reader reader(value, place, scenario_, error_);
    if (reader.all_known<T>()) visit_fields(reader, out);
  }
  template <typename T>
  void read_list(std::string_view name, const json& value, std::vector<T>& out) {
    if (!is_list(name, value)) return;
    for (const json& item : value) {
      if (!error_.empty()) return;
      const auto place = fmt::format("{}[{}]", place_of(name), out.size());
      read_object(place, item, out.emplace_back());
    }
  }

  const std::string* text_of(std::string_view name, const json& value, std::string_view what) {
    if (value.is_string()) return &value.get_ref<const std::string&>();
    fail(name, fmt::format("{} is not {}", shown(value), what));
    return nullptr;
  }
  void read(std::string_view name, const json& value, std::string& out) {
    if (const auto* text = text_of(name, value, "text; write it in quotes")) out = *text;
  }
  void read(std::string_view name, const json& value, bool& out) {
    if (!value.is_boolean()) return fail(name, fmt::format("{} is not true or false; write one of them", shown(value)));
    out = value.get<bool>();
  }
  void read_signed(std::string_view name, const json& value, Duration& out) {
    constexpr std::string_view what = R"(a duration; write a number and ns, us, ms or s, like "250 ms")";
    const auto* text = text_of(name, value, what);
    if (text == nullptr) return;
    if (const auto duration = parse_duration(*text)) {
      out = *duration;
    } else {
      fail(name, duration.error());
    }
  }
  void read(std::string_view name, const json& value, Duration& out) {
    read_signed(name, value, out);
    if (out < Duration::zero()) fail(name, fmt::format("{} is negative; write zero or more", shown(value)));
  }
  void read(std::string_view name, const json& value, sim::TrueTime& out) {
    Duration since_start{};
    read(name, value, since_start);
    out = sim::TrueTime(since_start);
  }
  template <typename T>
  void read_integer(std::string_view name, const json& value, std::int64_t low, std::uint64_t high, T& out) {
    if (!value.is_number_integer()) {
      return fail(name, fmt::format("{} is not a number; write a whole number without quotes", shown(value)));
    }
    const bool negative = !value.is_number_unsigned() && value.get<std::int64_t>() < 0;
    if (negative ? value.get<std::int64_t>() < low : value.get<std::uint64_t>() > high) {
      return fail(name, fmt::format("{} is out of range; write {} to {}", shown(value), low, high));
    }
    out = value.get<T>();
  }
  void read(std::string_view name, const json& value, std::uint32_t& out) {
    read_integer(name, value, 0, std::numeric_limits<std::uint32_t>::max(), out);
  }
  void read(std::string_view name, const json& value, std::uint64_t& out) {
    read_integer(name, value, 0, std::numeric_limits<std::uint64_t>::max(), out);
  }
  // Parts per billion of a clock's rate: it must neither stand still nor run twice as fast.
  void read(std::string_view name, const json& value, std::int64_t& out) {
    read_integer(name, value, -999'999'999, 999'999'999, out);
  }
  template <typename Choice>
  void read_choice(std::string_view name, const json& value, std::string_view what,
                   std::span<const std::string_view> words, Choice& out) {
    const auto* text = text_of(name, value, fmt::format("{}; write one in quotes, like \"{}\"", what, words[0]));
    if (text == nullptr) return;
    const auto found = std::ranges::find(words, *text);
    if (found == words.end()) {
      return fail(name, fmt::format("{} is not {}; {}", shown(value), what, suggestion(*text, words)));
    }
    out = static_cast<Choice>(found - words.begin());
  }
  void read(std::string_view name, const json& value, Ending& out) {
    read_choice(name, value, "an ending", kEndings, out);
  }
  void read(std::string_view name, const json& value, Act& out) { read_choice(name, value, "an act", kActs, out); }
  void read(std::string_view name, const json& value, sim::FaultKind& out) {
    const auto* text = text_of(name, value, R"(a fault; write one in quotes, like "pause-process")");
    if (text == nullptr) return;
    if (const auto kind = sim::fault_named(*text)) {
      out = *kind;
    } else {
      fail(name, fmt::format("{} is not a fault; {}", shown(value), suggestion(*text, fault_names())));
    }
  }
  void read(std::string_view name, const json& value, std::optional<models::Property>& out) {
    const auto* text = text_of(name, value, R"(a property; write its id or name in quotes, like "S1")");
    if (text == nullptr) return;
    models::Property property{};
    if (models::parse_property(*text, property)) {
      out = property;
    } else {
      fail(name, fmt::format("{} is not a property; {}", shown(value), suggestion(*text, property_names())));
    }
  }
  void read_host(std::string_view name, const json& value, std::uint32_t& out) {
    const auto* text = text_of(name, value, R"(a host; write one like "host 0")");
    if (text == nullptr) return;
    if (const auto host = number_after("host", *text)) {
      out = *host;
    } else {
      fail(name, fmt::format(R"({} is not a host; write one like "host 0")", shown(value)));
    }
  }
  // Requires: servers and clients have been read.
  void read_process(std::string_view name, const json& value, std::uint32_t& out) {
    const auto* text = text_of(name, value, R"(a process; write one like "server 0", "client 2" or "resource")");
    if (text == nullptr) return;
    const auto server = number_after("server", *text);
    const auto client = number_after("client", *text);
    if (!server && !client && *text != "resource") {
      return fail(name, fmt::format(R"({} is not a process; write one like "server 0", "client 2" or "resource")",
                                    shown(value)));
    }
    if (server && *server >= scenario_.servers) return fail_count(name, "server", scenario_.servers);
    if (client && *client >= scenario_.clients.size()) return fail_count(name, "client", scenario_.clients.size());
    out = server ? *server : client ? scenario_.client_process(*client) : scenario_.resource_process();
  }
  void fail_count(std::string_view name, std::string_view what, std::size_t count) {
    const bool one = count == 1;
    fail(name, fmt::format("there {} {} {}{}, counted from 0; name one of them", one ? "is" : "are", count, what,
                           one ? "" : "s"));
  }

  const json& object_;
  std::string place_;
  const Scenario& scenario_;
  std::string& error_;
};

std::expected<Scenario, std::string> read_scenario(std::string_view text) {
  const auto document = parse_document(text);
  if (!document) return std::unexpected(document.error());
  if (!document->is_object()) {
    return std::unexpected(fmt::format("scenario: {} is not an object; begin with {{", shown(*document)));
  }
  Scenario scenario;
  std::string error;
  Reader reader(*document, "", scenario, error);
  reader.version("version");
  if (reader.all_known<Scenario>()) visit_fields(reader, scenario);
  if (!error.empty()) return std::unexpected(error);
  if (const auto flaw = find_flaw(scenario)) return std::unexpected(fmt::format("{}: {}", flaw->place, flaw->what));
  return scenario;
}

}  // namespace

std::expected<Scenario, std::string> from_json(std::string_view text) {
  try {
    return read_scenario(text);
  } catch (const std::bad_alloc&) {
    return std::unexpected("scenario: does not fit into memory; make it smaller");
  }
}

}  // namespace lockstep::scenarios
