// Nothing that a library answers is believed before it was looked at: what it says wrongly would otherwise be told as
// something that the lock did.
#include "impl/plugin/plugin_lock.h"

#include <fmt/format.h>

#include <string_view>
#include <utility>

#include "impl/backends/simple_backend.h"
#include "impl/lock/attempt_text.h"

namespace lockstep {
namespace {

lockstep_bytes bytes_of(const std::string& text) { return {text.data(), text.size()}; }

lockstep_request request_of(const LockName& name, const std::string& holder, Duration ttl = {}) {
  return {bytes_of(name.space), bytes_of(name.bytes), bytes_of(holder), ttl.count()};
}

std::optional<ErrorKind> kind_of(lockstep_status status) {
  switch (status) {
    case LOCKSTEP_UNREACHABLE: return ErrorKind::unreachable;
    case LOCKSTEP_BUSY: return ErrorKind::busy;
    case LOCKSTEP_STORAGE: return ErrorKind::storage;
    case LOCKSTEP_INVALID: return ErrorKind::invalid;
    case LOCKSTEP_UNSUPPORTED: return ErrorKind::unsupported;
    default: return std::nullopt;
  }
}

Claims claims_of(const lockstep_plugin_v1& plugin) {
  const auto has = [&plugin](std::uint32_t claim) { return (plugin.claims & claim) != 0; };
  Claims claims;
  claims.durable = has(LOCKSTEP_CLAIMS_DURABLE);
  claims.survives_power_loss = has(LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS);
  claims.fencing = has(LOCKSTEP_CLAIMS_FENCING);
  claims.wall_clock_immune = has(LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE);
  claims.leases_end = !has(LOCKSTEP_CLAIMS_NO_EXPIRY);
  claims.max_drift_ppb = plugin.max_drift_ppb;
  return claims;
}

constexpr std::uint32_t kKnownClaims = LOCKSTEP_CLAIMS_DURABLE | LOCKSTEP_CLAIMS_SURVIVES_POWER_LOSS |
                                       LOCKSTEP_CLAIMS_FENCING | LOCKSTEP_CLAIMS_WALL_CLOCK_IMMUNE |
                                       LOCKSTEP_CLAIMS_NO_EXPIRY;
constexpr std::int64_t kMostDrift = 1'000'000'000;

// What is wrong with it, in words that follow its name; nothing if nothing is. The size comes first: of a shorter
// structure nothing further may be read.
std::optional<std::string> flaw_of(const lockstep_plugin_v1& p) {
  static constexpr const char* kAnew = "compile it anew with this program's impl/plugin/lockstep_plugin.h";
  if (p.size != sizeof(lockstep_plugin_v1)) {
    return fmt::format("has a lockstep_plugin_v1 of {} bytes, and this program one of {}; {}", p.size,
                       sizeof(lockstep_plugin_v1), kAnew);
  }
  if (p.abi != LOCKSTEP_PLUGIN_ABI) {
    return fmt::format("speaks ABI {} and this program {}; {}", p.abi, LOCKSTEP_PLUGIN_ABI, kAnew);
  }
  if (p.name == nullptr) return "has no name: it is NULL; give it one";
  if ((p.claims & ~kKnownClaims) != 0) {
    return fmt::format("claims what is unknown here: {:#x}; add up LOCKSTEP_CLAIMS_* only", p.claims & ~kKnownClaims);
  }
  if (p.max_drift_ppb < 0 || p.max_drift_ppb >= kMostDrift) {
    return fmt::format("claims a max_drift_ppb of {}; write parts of {}", p.max_drift_ppb, kMostDrift);
  }
  if (p.runs != LOCKSTEP_RUNS_SERVER && p.runs != LOCKSTEP_RUNS_HOSTS && p.runs != LOCKSTEP_RUNS_CLIENTS) {
    return fmt::format("says that it runs {}, which is unknown here; write one of LOCKSTEP_RUNS_*", p.runs);
  }
  if ((p.claims & LOCKSTEP_CLAIMS_NO_EXPIRY) != 0 && p.runs != LOCKSTEP_RUNS_CLIENTS) {
    return "claims LOCKSTEP_CLAIMS_NO_EXPIRY, which is for LOCKSTEP_RUNS_CLIENTS: a dead client's lease would stay for "
           "ever";
  }
  const std::pair<const char*, bool> functions[] = {
      {"open", p.open != nullptr},   {"close", p.close != nullptr},     {"acquire", p.acquire != nullptr},
      {"renew", p.renew != nullptr}, {"release", p.release != nullptr}, {"inspect", p.inspect != nullptr},
  };
  for (const auto& [function, there] : functions) {
    if (!there) return fmt::format("has no {}(): the pointer is NULL; write all six functions", function);
  }
  return std::nullopt;
}

PluginLock& self(void* context) { return *static_cast<PluginLock*>(context); }

}  // namespace

Plugin checked_plugin(const std::string& file, const lockstep_plugin_v1* returned) {
  if (returned == nullptr) {
    throw PluginTrouble(
        fmt::format("the plug-in {} does not speak ABI {}, which this program does: its lockstep_plugin({}) returned "
                    "NULL; compile it "
                    "with this program's impl/plugin/lockstep_plugin.h",
                    file, LOCKSTEP_PLUGIN_ABI, LOCKSTEP_PLUGIN_ABI));
  }
  if (const auto flaw = flaw_of(*returned)) throw PluginTrouble(fmt::format("the plug-in {} {}", file, *flaw));
  return {.file = file,
          .name = returned->name,
          .about = returned->about != nullptr ? returned->about : "",
          .claims = claims_of(*returned),
          .runs = returned->runs,
          .calls = returned};
}

PluginLock::PluginLock(Plugin plugin, Place place)
    : plugin_(std::move(plugin)), place_(std::move(place)), random_(place_.seed) {
  host_.size = sizeof host_;
  host_.context = this;
  host_.now_ns = [](void* context) { return self(context).place_.clock.monotonic().time_since_epoch().count(); };
  host_.wall_ns = [](void* context) { return self(context).place_.clock.wall().time_since_epoch().count(); };
  host_.random = [](void* context) { return self(context).random_.next(); };
  host_.directory = [](void* context) { return self(context).directory(); };
  const BootId boot = place_.clock.boot();
  host_.boot[0] = boot.high;
  host_.boot[1] = boot.low;
  if (!ask("open", [this](lockstep_error& error) { return plugin_.calls->open(&host_, &lock_, &error); })) {
    trouble("open", "with \"no\"; it answers yes or an error");
  }
  if (lock_ == nullptr) trouble("open", "with yes and a lock that is NULL; point it to what close() is to free");
}

PluginLock::~PluginLock() { plugin_.calls->close(lock_); }

const char* PluginLock::directory() noexcept {
  try {
    if (!directory_) directory_ = place_.directory();
    return directory_->c_str();
  } catch (...) {
    no_directory_ = std::current_exception();
    return nullptr;
  }
}

void PluginLock::trouble(const char* function, const std::string& what) const {
  throw PluginTrouble(fmt::format("the plug-in {} answered {}() {}", plugin_.file, function, what));
}

// True for yes and false for no.
template <typename Call>
bool PluginLock::ask(const char* function, Call call) {
  lockstep_error error{};
  lockstep_status status = 0;
  try {
    status = call(error);
  } catch (const std::exception& thrown) {
    trouble(function, fmt::format("with an exception: {}; catch it there and answer an error", thrown.what()));
  } catch (...) {
    trouble(function, "with an exception; catch it there and answer an error");
  }
  if (no_directory_) std::rethrow_exception(no_directory_);
  if (status == LOCKSTEP_YES || status == LOCKSTEP_NO) return status == LOCKSTEP_YES;
  const auto kind = kind_of(status);
  if (!kind) trouble(function, fmt::format("with the status {}, which is none; answer one of LOCKSTEP_*", status));
  if (error.definite != 0 && error.definite != 1) {
    trouble(function, fmt::format("with an error that is \"{}\" definite; write 0 or 1", error.definite));
  }
  const std::string_view room(error.message, sizeof error.message);
  const auto end = room.find('\0');
  if (end == room.npos) {
    trouble(function, "with an error whose message does not end; put a zero byte behind it");
  }
  LockError failed{*kind, error.definite == 1, std::string(room.substr(0, end))};
  throw LockFailed(std::move(failed));
}

std::optional<Token> PluginLock::acquire(const LockName& name, const std::string& holder, Duration ttl) {
  const lockstep_request request = request_of(name, holder, ttl);
  Token token = 0;
  if (!ask("acquire", [&](lockstep_error& error) { return plugin_.calls->acquire(lock_, &request, &token, &error); })) {
    return std::nullopt;
  }
  if (token == 0 && plugin_.claims.fencing) {
    trouble("acquire", "with yes and the token 0; who claims LOCKSTEP_CLAIMS_FENCING sets a higher one");
  }
  return token;
}

bool PluginLock::renew(const LockName& name, const std::string& holder, Duration ttl) {
  const lockstep_request request = request_of(name, holder, ttl);
  return ask("renew", [&](lockstep_error& error) { return plugin_.calls->renew(lock_, &request, &error); });
}

bool PluginLock::release(const LockName& name, const std::string& holder) {
  const lockstep_request request = request_of(name, holder);
  return ask("release", [&](lockstep_error& error) { return plugin_.calls->release(lock_, &request, &error); });
}

std::optional<std::string> PluginLock::holder(const LockName& name) {
  const std::string nobody;
  const lockstep_request request = request_of(name, nobody);
  lockstep_bytes found{nullptr, 0};
  const auto inspect = [&](lockstep_error& error) { return plugin_.calls->inspect(lock_, &request, &found, &error); };
  if (!ask("inspect", inspect)) return std::nullopt;
  if (found.data == nullptr || found.size == 0 || found.size > LOCKSTEP_MOST_HOLDER) {
    trouble("inspect", fmt::format("with yes and a holder of {} bytes{}; give the bytes that acquire() was given",
                                   found.size, found.data == nullptr ? " at NULL" : ""));
  }
  std::string holder(found.data, found.size);
  if (!attempt_of_text(holder)) {
    trouble("inspect",
            fmt::format("with the holder \"{}\", who never asked; give the bytes that acquire() was given", holder));
  }
  return holder;
}

}  // namespace lockstep
