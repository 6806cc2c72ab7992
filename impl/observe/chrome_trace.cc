// Each event is written over the closing bracket of the array, together with the next one, in one piece.
#include "impl/observe/chrome_trace.h"

#include <fmt/format.h>

#include <nlohmann/json.hpp>
#include <ostream>

namespace lockstep {
namespace {

constexpr std::string_view kClosing = "\n]\n";

std::string text_of(std::string_view bytes) {
  return nlohmann::json(bytes).dump(-1, ' ', true, nlohmann::json::error_handler_t::replace);
}

// Microseconds with three decimals, made of integers.
std::string microseconds(MonoTime at) {
  const auto nanoseconds = at.time_since_epoch().count();
  return fmt::format("{}.{:03}", nanoseconds / 1000, nanoseconds % 1000);
}

}  // namespace

ChromeTrace::ChromeTrace(std::ostream& out, std::uint32_t process) : out_(out), process_(process) {
  out_ << "[" << kClosing << std::flush;
}

void ChromeTrace::write(std::string_view span, char phase, const Moment& moment, std::string_view outcome) {
  std::string event = first_ ? "\n" : ",\n";
  first_ = false;
  event += fmt::format(R"({{"name":"{}","cat":"lock","ph":"{}","ts":{},"pid":{},"tid":1,"id":"{:016x}.{}","args":{{)",
                       span, phase, microseconds(moment.at), process_, moment.attempt.session, moment.attempt.number);
  event += fmt::format(R"("lock":{},"namespace":{})", text_of(moment.name.bytes), text_of(moment.name.space));
  if (!outcome.empty()) event += fmt::format(R"(,"outcome":"{}")", outcome);
  event += "}}";
  event += kClosing;
  out_.seekp(-static_cast<std::streamoff>(kClosing.size()), std::ios::cur);
  out_ << event << std::flush;
}

void ChromeTrace::acquire_began(const Moment& moment) { write("acquire", 'b', moment); }
void ChromeTrace::contended(const Moment& moment) { write("contended", 'n', moment); }

void ChromeTrace::acquire_ended(const Moment& moment, AcquireEnd end, Duration) {
  write("acquire", 'e', moment, name_of(end));
  if (end == AcquireEnd::granted) write("hold", 'b', moment);
}

void ChromeTrace::hold_ended(const Moment& moment, std::optional<LossReason> loss) {
  write("hold", 'e', moment, loss ? name_of(*loss) : "given back");
}

void ChromeTrace::release_began(const Moment& moment) { write("release", 'b', moment); }
void ChromeTrace::release_ended(const Moment& moment, ReleaseEnd end) { write("release", 'e', moment, name_of(end)); }

}  // namespace lockstep
