// Strict in both directions: a field that is missing, unknown or of another type is the adapter's mistake, and is told
// as such with the request that it answers.
#include "impl/adapter/adapter_lock.h"

#include <fmt/format.h>

#include <initializer_list>
#include <nlohmann/json.hpp>

#include "impl/backends/simple_backend.h"

namespace lockstep {
namespace {

using Json = nlohmann::json;

constexpr std::size_t kShown = 200;  // of a line

std::string shown(const std::string& line) {
  std::string text;
  for (const char c : line.substr(0, kShown)) text += c >= ' ' && c <= '~' ? c : '?';
  return line.size() > kShown ? text + "..." : text;
}

std::string name_of(const AdapterLock::Options& options) {
  std::string words = options.called;
  if (!words.empty()) return words;
  for (const std::string& word : options.command) words += (words.empty() ? "" : " ") + word;
  return words;
}

bool is_text(const std::string& bytes) {
  try {
    static_cast<void>(Json(bytes).dump());
    return true;
  } catch (const Json::type_error&) {
    return false;
  }
}

// "lock": what is text; "lock_hex": other bytes.
Json fields_of(const LockName& name) {
  if (is_text(name.bytes)) return {{"lock", name.bytes}};
  std::string hex;
  for (const char c : name.bytes) hex += fmt::format("{:02x}", static_cast<unsigned char>(c));
  return {{"lock_hex", hex}};
}

Json request_of(const LockName& name, const std::string& holder, Duration ttl = {}) {
  Json request = fields_of(name);
  if (!name.space.empty()) request["space"] = name.space;
  if (!holder.empty()) request["holder"] = holder;
  if (ttl > Duration::zero()) request["ttl_ns"] = ttl.count();
  return request;
}

// What is wrong with an object, in words that follow "its answer"; nothing if nothing is.
struct Wrong {
  std::string what;
};

const Json& field(const Json& object, const char* name) {
  const auto found = object.find(name);
  if (found == object.end()) throw Wrong{fmt::format("has no \"{}\"", name)};
  return *found;
}
bool flag(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_boolean()) throw Wrong{fmt::format("has a \"{}\" that is neither true nor false", name)};
  return value.get<bool>();
}
std::string text(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_string()) throw Wrong{fmt::format("has a \"{}\" that is no text", name)};
  return value.get<std::string>();
}
std::uint64_t number(const Json& object, const char* name) {
  const Json& value = field(object, name);
  if (!value.is_number_unsigned()) throw Wrong{fmt::format("has a \"{}\" that is no number from 0 on", name)};
  return value.get<std::uint64_t>();
}
void only(const Json& object, std::initializer_list<const char*> names) {
  if (!object.is_object()) throw Wrong{"is no object"};
  for (const auto& [name, value] : object.items()) {
    if (std::ranges::find(names, name) == names.end()) throw Wrong{fmt::format("has an unknown \"{}\"", shown(name))};
  }
}

ErrorKind kind_of(const std::string& word) {
  for (const auto kind :
       {ErrorKind::unreachable, ErrorKind::busy, ErrorKind::storage, ErrorKind::invalid, ErrorKind::unsupported}) {
    if (name_of(kind) == word) return kind;
  }
  throw Wrong{fmt::format("has an unknown kind of error, \"{}\"", shown(word))};
}

LockError error_of(const Json& error) {
  only(error, {"kind", "definite", "detail"});
  return {kind_of(text(error, "kind")), flag(error, "definite"), error.contains("detail") ? text(error, "detail") : ""};
}

AdapterHello::Runs runs_of(const std::string& word) {
  if (word == "server") return AdapterHello::Runs::server;
  if (word == "hosts") return AdapterHello::Runs::hosts;
  if (word == "clients") return AdapterHello::Runs::clients;
  throw Wrong{fmt::format("says that it runs \"{}\", not server, hosts or clients", shown(word))};
}

AdapterHello hello_of(const Json& said) {
  only(said, {"protocol", "name", "about", "runs", "claims"});
  if (number(said, "protocol") != kAdapterProtocol) {
    throw Wrong{fmt::format("speaks protocol {}, and this program {}", number(said, "protocol"), kAdapterProtocol)};
  }
  AdapterHello hello{.name = text(said, "name"), .about = said.contains("about") ? text(said, "about") : ""};
  if (said.contains("runs")) hello.runs = runs_of(text(said, "runs"));
  const Json& claims = field(said, "claims");
  struct Flag {
    const char* name;
    bool Claims::*claim;
  };
  constexpr Flag kFlags[] = {{"durable", &Claims::durable},
                             {"survives_power_loss", &Claims::survives_power_loss},
                             {"fencing", &Claims::fencing},
                             {"wall_clock_immune", &Claims::wall_clock_immune}};
  only(claims, {"durable", "survives_power_loss", "fencing", "wall_clock_immune", "no_expiry", "max_drift_ppb"});
  for (const Flag& f : kFlags) hello.claims.*f.claim = claims.contains(f.name) && flag(claims, f.name);
  hello.claims.leases_end = !claims.contains("no_expiry") || !flag(claims, "no_expiry");
  if (!hello.claims.leases_end && hello.runs != AdapterHello::Runs::clients) {
    throw Wrong{
        "claims \"no_expiry\", which is for locks that run in their clients: a dead client's would stay for ever"};
  }
  hello.claims.max_drift_ppb =
      claims.contains("max_drift_ppb") ? static_cast<std::int64_t>(number(claims, "max_drift_ppb")) : 0;
  return hello;
}

std::unique_ptr<Lines> started(ChildProcess::Options child, const AdapterLock::Options& options) {
  if (options.start) return options.start(std::move(child));
  return std::make_unique<ChildProcess>(std::move(child));
}

}  // namespace

AdapterLock::AdapterLock(Options options, Clock& clock) try
    : program_(name_of(options)),
      clock_(clock),
      child_(started({.command = options.command,
                      .directory = "",
                      .environment = {"PYTHONHASHSEED=0", "PYTHONUNBUFFERED=1"},
                      .patience = options.patience,
                      .longest_line = kAdapterLine},
                     options)) {
  greet(options);
} catch (const ChildTrouble& trouble) {
  throw AdapterTrouble(fmt::format("the adapter `{}` {}", name_of(options), trouble.what()));
}

// Sends it, and gives `read` what the adapter says is "ok".
template <typename Read>
auto AdapterLock::ask(const char* operation, const std::string& fields, Read read) {
  Json request = Json::parse(fields);
  request["id"] = ++asked_;
  request["op"] = operation;
  request["now_ns"] = clock_.monotonic().time_since_epoch().count();
  request["wall_ns"] = clock_.wall().time_since_epoch().count();
  const std::string sent = request.dump();
  std::string line;
  try {
    child_->send(sent);
    line = child_->receive();
    const Json answer = Json::parse(line, nullptr, false);
    if (answer.is_discarded()) throw Wrong{"is no JSON"};
    only(answer, {"id", "ok", "error"});
    if (number(answer, "id") != asked_) throw Wrong{fmt::format("is to request {}", number(answer, "id"))};
    if (answer.contains("ok") == answer.contains("error")) throw Wrong{"has neither \"ok\" nor \"error\", or both"};
    if (answer.contains("error")) throw LockFailed(error_of(answer["error"]));
    return read(answer["ok"]);
  } catch (const ChildTrouble& trouble) {
    throw AdapterTrouble(
        fmt::format("the adapter `{}` {}, after it was sent {}", program_, trouble.what(), shown(sent)));
  } catch (const Wrong& wrong) {
    throw AdapterTrouble(
        fmt::format("the adapter `{}` answered {} with what {}: {}", program_, shown(sent), wrong.what, shown(line)));
  }
}

void AdapterLock::greet(const Options& options) {
  const Json fields = {{"protocol", kAdapterProtocol}, {"directory", options.directory}, {"seed", options.seed}};
  hello_ = ask("hello", fields.dump(), hello_of);
}

std::optional<Token> AdapterLock::acquire(const LockName& name, const std::string& holder, Duration ttl) {
  return ask("acquire", request_of(name, holder, ttl).dump(), [](const Json& ok) -> std::optional<Token> {
    only(ok, {"granted", "token"});
    if (!flag(ok, "granted")) return std::nullopt;
    return ok.contains("token") ? number(ok, "token") : Token{0};
  });
}

bool AdapterLock::renew(const LockName& name, const std::string& holder, Duration ttl) {
  return ask("renew", request_of(name, holder, ttl).dump(), [](const Json& ok) {
    only(ok, {"renewed"});
    return flag(ok, "renewed");
  });
}

bool AdapterLock::release(const LockName& name, const std::string& holder) {
  return ask("release", request_of(name, holder).dump(), [](const Json& ok) {
    only(ok, {"released"});
    return flag(ok, "released");
  });
}

std::optional<std::string> AdapterLock::holder(const LockName& name) {
  return ask("inspect", request_of(name, "").dump(), [](const Json& ok) -> std::optional<std::string> {
    only(ok, {"holder"});
    if (field(ok, "holder").is_null()) return std::nullopt;
    return text(ok, "holder");
  });
}

}  // namespace lockstep
