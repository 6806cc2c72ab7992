// `lockstep stress`.
#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>

#include "cli/app.h"
#include "cli/commands.h"
#include "cli/own_redis.h"
#include "cli/real_store.h"
#include "cli/stress_text.h"
#include "cli/stress_worker.h"
#include "cli/terminal.h"
#include "reports/history_jsonl.h"
#include "scenarios/wording.h"

namespace lockstep::cli {
namespace {

constexpr std::uint64_t kMostSeconds = 3600;  // journals are kept in memory

// A directory of one's own, removed at the end unless it is kept.
constexpr std::uintmax_t kRoom = 16 << 20;  // bytes; a minute of eight workers needs less

class Workplace {
 public:
  Workplace() {
    const char* base = std::getenv("TMPDIR");
    path_ = std::string(base == nullptr || *base == '\0' ? "/tmp" : base) + "/lockstep-stress-XXXXXX";
    if (::mkdtemp(path_.data()) == nullptr) {
      throw UsageError(fmt::format("cannot create the directory {}: {}; set TMPDIR to a directory that can be written",
                                   path_, std::strerror(errno)));
    }
    // Of workers that cannot write anything there would be nothing to judge but silence.
    const std::uintmax_t room = std::filesystem::space(path_).available;
    if (room >= kRoom) return;
    std::filesystem::remove(path_);
    throw UsageError(
        fmt::format("there are {} KiB left for {}, and {} are needed; make room, or set TMPDIR to another disk",
                    room / 1024, path_, kRoom / 1024));
  }
  ~Workplace() {
    std::error_code ignored;
    if (!kept_) std::filesystem::remove_all(path_, ignored);
  }
  Workplace(const Workplace&) = delete;
  Workplace& operator=(const Workplace&) = delete;
  std::string part(const std::string& name) const {
    std::filesystem::create_directory(path_ + "/" + name);
    return path_ + "/" + name;
  }
  const std::string& keep() {
    kept_ = true;
    return path_;
  }

 private:
  std::string path_;
  bool kept_ = false;
};

std::vector<redis::ServerAddress> addresses_of(const StressArguments& a) {
  if (!a.addresses.empty() && !is_served(a.backend)) {
    throw UsageError(fmt::format("--address: {} needs no server", a.backend));
  }
  if (a.backend == "redis" && a.addresses.size() > 1) {
    throw UsageError("--address: redis is one server; redlock is several");
  }
  std::vector<redis::ServerAddress> addresses;
  for (const std::string& text : a.addresses) {
    const auto address = redis::parse_server_address(text);
    if (!address) throw UsageError(fmt::format("--address: {}", address.error()));
    if (std::ranges::any_of(addresses,
                            [&](const auto& other) { return redis::in_words(other) == redis::in_words(*address); })) {
      throw UsageError(fmt::format("--address: {} is named twice", redis::in_words(*address)));
    }
    addresses.push_back(*address);
  }
  return addresses;
}

StressOptions options_of(const StressArguments& a) {
  StressOptions options;
  std::vector<std::string> stores = real_stores();
  stores.insert(stores.end(), served_stores().begin(), served_stores().end());
  stores.insert(stores.end(), planted_real_stores().begin(), planted_real_stores().end());
  if (std::ranges::find(stores, a.backend) == stores.end()) {
    throw UsageError(fmt::format("there is no store \"{}\" that real processes can use here; there are {}", a.backend,
                                 reports::listed(stores)));
  }
  options.store.backend = a.backend;
  options.store.servers = addresses_of(a);
  if (a.processes < 2 || a.processes > kMostWorkers) {
    throw UsageError(fmt::format("--processes: from 2 to {}", kMostWorkers));
  }
  if (a.locks < 1 || a.locks > 1000) throw UsageError("--locks: from 1 to 1000");
  if (a.seconds > kMostSeconds) throw UsageError(fmt::format("--seconds: at most {}", kMostSeconds));
  if (a.seconds == 0 && !a.rates) throw UsageError("--seconds: at least one, or --rates with it");
  const auto ttl = scenarios::parse_duration(a.ttl);
  if (!ttl) throw UsageError(fmt::format("--ttl: {}", ttl.error()));
  if (*ttl < std::chrono::milliseconds(50) || *ttl > std::chrono::minutes(1)) {
    throw UsageError("--ttl: from \"50 ms\" to \"60 s\"");
  }
  options.processes = static_cast<std::uint32_t>(a.processes);
  options.locks = static_cast<std::uint32_t>(a.locks);
  options.seed = a.seed;
  options.ttl = *ttl;
  options.lasts = std::chrono::seconds(a.seconds);
  return options;
}

// The history beside what it is about: in --out if that is given, and else where the store lies, which then stays.
std::string keep_history(const StressArguments& a, const StressResult& result, Workplace& workplace) {
  if (a.out.empty() && code_of(result) == kClean) return "";
  if (a.out.empty() && (code_of(result) == kInconclusive)) return "";
  const std::string path = (a.out.empty() ? workplace.keep() : a.out) + "/history.jsonl";
  write_file(path, reports::history_jsonl(result.history, result.bounds));
  return path;
}

// Those that were named, which have to be there, or own ones.
void find_servers(StorePlace& store, const Workplace& workplace, std::optional<OwnRedis>& own) {
  if (!is_served(store.backend)) return;
  if (store.servers.empty()) {
    own.emplace(store.backend, workplace.part("servers"));
    store.servers = own->addresses();
  }
  try {
    require_answers(store.servers);
  } catch (const std::runtime_error& error) {
    const std::string why = error.what();
    const bool locked = why.find("NOAUTH") != std::string::npos || why.find("WRONGPASS") != std::string::npos;
    throw UsageError(why + (locked ? "; an address with a password looks like redis://:PASSWORD@HOST:PORT" : ""));
  }
}

}  // namespace

int stress(const StressArguments& a) {
  StressReport report;
  report.options = options_of(a);
  if (!a.out.empty()) {
    require_directory(a.out);
    require_writable(a.out + "/history.jsonl");
  }
  if (!a.json.empty() && a.json != "-") require_writable(a.json);
  Workplace workplace;
  std::optional<OwnRedis> own;  // gone before its directory
  find_servers(report.options.store, workplace, own);
  const auto& stop = interrupted();
  if (a.seconds > 0) {
    report.options.store.directory = workplace.part("stress");
    StatusLine status;
    report.result = run_stress(report.options, stop, [&](Duration gone) {
      status.show(gone, fmt::format("{} processes on {}: {:.0f} of {} s", a.processes, words_for(report.options.store),
                                    static_cast<double>(gone.count()) / 1e9, a.seconds));
    });
    status.clear();
    report.history = keep_history(a, report.result, workplace);
  }
  if (a.rates && !stop.load()) {
    RatesOptions rates{.store = report.options.store};
    rates.store.directory = workplace.part("rates");
    rates.processes = report.options.processes;
    report.rates = measure_rates(rates, stop);
  }
  if (a.json == "-") {
    fmt::print("{}", stress_json(report));
  } else {
    fmt::print("{}", stress_text(report, style_of_output()));
    if (!a.json.empty()) write_file(a.json, stress_json(report));
  }
  const int code = report.result.verdicts.empty() ? kClean : code_of(report.result);
  return code == kClean && stop.load() ? kInconclusive : code;
}

}  // namespace lockstep::cli
