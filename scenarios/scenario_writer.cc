// to_json: a visitor of the fields that writes each one that does not have its default.
#include <fmt/format.h>
#include <fmt/ranges.h>

#include <nlohmann/json.hpp>

#include "scenarios/scenario_fields.h"
#include "scenarios/scenario_json.h"
#include "scenarios/wording.h"

namespace lockstep::scenarios {
namespace {

constexpr std::size_t kWidth = 110;  // a list of hosts that is no longer stands in one line

std::string value_text(const std::string& text) {
  return nlohmann::json(text).dump(-1, ' ', false, nlohmann::json::error_handler_t::replace);
}
std::string value_text(bool value) { return value ? "true" : "false"; }
std::string value_text(std::integral auto value) { return fmt::format("{}", value); }
std::string value_text(Duration duration) { return in_quotes(duration_text(duration)); }
std::string value_text(sim::TrueTime at) { return value_text(at.time_since_epoch()); }
std::string value_text(Ending ending) { return in_quotes(kEndings[static_cast<std::size_t>(ending)]); }
std::string value_text(Act act) { return in_quotes(kActs[static_cast<std::size_t>(act)]); }
std::string value_text(sim::FaultKind kind) { return in_quotes(sim::facts_of(kind).name); }
std::string value_text(std::optional<models::Property> expect) { return in_quotes(models::id_of(*expect)); }
std::string host_text(std::uint32_t host) { return fmt::format(R"("host {}")", host); }

class Writer {
 public:
  Writer(const Scenario& scenario, std::string_view separator) : scenario_(scenario), separator_(separator) {}

  void version(std::string_view name) { put(name, value_text(kScenarioVersion)); }
  template <typename T>
  void field(std::string_view name, const T& value) {
    put(name, value_text(value));
  }
  template <typename T>
  void field(std::string_view name, const T& value, const T& fallback) {
    if (value != fallback) put(name, value_text(value));
  }
  void signed_field(std::string_view name, Duration value, Duration fallback) { field(name, value, fallback); }
  void target(std::string_view name, const sim::Fault& fault) {
    const bool process = sim::facts_of(fault.kind).subject == sim::FaultSubject::process;
    const bool known = fault.target < scenario_.processes();
    put(name, !process ? host_text(fault.target)
              : known  ? in_quotes(process_name(scenario_, fault.target))
                       : fmt::format(R"("process {}")", fault.target));
  }
  // Where it means nothing it is zero, or is kept all the same.
  void other(std::string_view name, const sim::Fault& fault) {
    const bool link = sim::facts_of(fault.kind).subject == sim::FaultSubject::link;
    if (link || fault.other != 0) put(name, host_text(fault.other));
  }
  void amount(std::string_view name, const sim::Fault& fault) {
    if (fault.amount == 0) return;
    const bool time = sim::facts_of(fault.kind).amount == "ns";
    put(name, time ? value_text(Duration(fault.amount)) : value_text(fault.amount));
  }
  void object(std::string_view name, const auto& value) {
    const auto text = object_text(value);
    if (text != "{}") put(name, text);
  }
  void list(std::string_view name, const auto& values) {
    std::vector<std::string> items;
    for (const auto& value : values) items.push_back(object_text(value));
    const auto line = fmt::format("[{}]", fmt::join(items, ", "));
    put(name, line.size() <= kWidth ? line : on_lines(items));
  }
  void host_list(std::string_view name, const std::vector<std::uint32_t>& hosts, bool optional = false) {
    if (optional && hosts.empty()) return;
    std::vector<std::string> items;
    for (const auto host : hosts) items.push_back(host_text(host));
    put(name, fmt::format("[{}]", fmt::join(items, ", ")));
  }
  void numbers(std::string_view name, const std::vector<std::uint32_t>& values) {
    if (!values.empty()) put(name, fmt::format("[{}]", fmt::join(values, ", ")));
  }
  void lines(std::string_view name, const auto& values) {
    if (values.empty()) return;
    std::vector<std::string> items;
    for (const auto& value : values) items.push_back(object_text(value));
    put(name, on_lines(items));
  }
  std::string take() { return std::move(text_); }

 private:
  void put(std::string_view name, std::string_view value) {
    if (!text_.empty()) text_ += separator_;
    text_.append("\"").append(name).append("\": ").append(value);
  }
  std::string object_text(const auto& value) const {
    Writer writer(scenario_, ", ");
    visit_fields(writer, value);
    return fmt::format("{{{}}}", writer.take());
  }
  static std::string on_lines(const std::vector<std::string>& items) {
    return fmt::format("[\n    {}\n  ]", fmt::join(items, ",\n    "));
  }

  const Scenario& scenario_;
  std::string_view separator_;
  std::string text_;
};

}  // namespace

std::string to_json(const Scenario& scenario) {
  Writer writer(scenario, ",\n  ");
  visit_fields(writer, scenario);
  return fmt::format("{{\n  {}\n}}\n", writer.take());
}

}  // namespace lockstep::scenarios
