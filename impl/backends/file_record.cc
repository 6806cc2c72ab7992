// A record ends with a digest of what stands before it: a file that was torn is recognised.
#include "impl/backends/file_record.h"

#include <fmt/format.h>

#include <algorithm>

#include "impl/lock/bytes.h"

namespace lockstep {
namespace {

constexpr std::string_view kMagic = "lockstep record 1\n";
constexpr std::size_t kLongestFileName = 200;

// 64-bit FNV-1a.
std::uint64_t digest(std::string_view bytes) {
  std::uint64_t hash = 0xcbf29ce484222325u;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3u;
  return hash;
}

constexpr std::string_view kPlain = "abcdefghijklmnopqrstuvwxyz0123456789-_.";

std::string escaped(std::string_view bytes) {
  std::string text;
  for (const char c : bytes) {
    if (kPlain.find(c) != kPlain.npos) {
      text.push_back(c);
    } else {
      text += fmt::format("%{:02x}", static_cast<unsigned char>(c));
    }
  }
  return text;
}

class RecordWriter : public ByteWriter {
 public:
  void instant(MonoTime at) { integer(at.time_since_epoch().count()); }
  void boot(BootId boot) { integer(boot.high).integer(boot.low); }
  void lease(const LeaseRow& row) {
    attempt(row.attempt).text(row.owner).mode(row.mode).integer(row.permits).integer(row.token).duration(row.ttl);
    instant(row.deadline);
    instant(row.since);
    boot(row.boot);
    text(row.metadata);
  }
  void place(const WaiterRow& row) {
    attempt(row.attempt).text(row.owner).integer(row.ticket).mode(row.mode).integer(row.permits);
    instant(row.deadline);
    boot(row.boot);
  }
  void answer(const Remembered& a) {
    key(a.key).integer(a.fingerprint).integer(static_cast<std::uint8_t>(a.kind)).integer(a.token).duration(a.lives);
    revoked(a.revoked);
    instant(a.forget_at);
    boot(a.boot);
  }
  void record(const FileRecord& r) {
    integer(r.lock.capacity).integer(r.lock.last_token);
    list(r.lock.leases, [this](const LeaseRow& row) { lease(row); });
    list(r.lock.waiters, [this](const WaiterRow& row) { place(row); });
    list(r.answers, [this](const Remembered& a) { answer(a); });
    integer(r.next_event);
    list(r.events, [this](const LockEvent& e) { event(e); });
  }
};

class RecordReader : public ByteReader {
 public:
  using ByteReader::ByteReader;
  MonoTime instant() { return MonoTime(duration()); }
  BootId boot() {
    const auto high = integer<std::uint64_t>();
    return {high, integer<std::uint64_t>()};
  }
  LeaseRow lease() {
    LeaseRow row;
    row.attempt = attempt();
    row.owner = text();
    row.mode = choice(Mode::permits);
    row.permits = integer<std::uint32_t>();
    row.token = integer<Token>();
    row.ttl = duration();
    row.deadline = instant();
    row.since = instant();
    row.boot = boot();
    row.metadata = text();
    return row;
  }
  WaiterRow place() {
    WaiterRow row;
    row.attempt = attempt();
    row.owner = text();
    row.ticket = integer<std::uint64_t>();
    row.mode = choice(Mode::permits);
    row.permits = integer<std::uint32_t>();
    row.deadline = instant();
    row.boot = boot();
    return row;
  }
  Remembered answer() {
    Remembered a;
    a.key = key();
    a.fingerprint = integer<std::uint64_t>();
    a.kind = choice(Remembered::Kind::was_broken);
    a.token = integer<Token>();
    a.lives = duration();
    a.revoked = revoked();
    a.forget_at = instant();
    a.boot = boot();
    return a;
  }
  FileRecord record() {
    FileRecord r;
    r.lock.capacity = integer<std::uint32_t>();
    r.lock.last_token = integer<Token>();
    r.lock.leases = list([this] { return lease(); });
    r.lock.waiters = list([this] { return place(); });
    r.answers = list([this] { return answer(); });
    r.next_event = integer<std::uint64_t>();
    r.events = list([this] { return event(); });
    return r;
  }
};

// A holder with a short ttl renews often: of his renewals only the last ones can still come again.
void forget_old_renewals(std::vector<Remembered>& answers, AttemptId attempt) {
  constexpr std::size_t kKept = 64;
  const auto is_renewal = [&](const Remembered& answer) {
    return answer.kind == Remembered::Kind::renewed && answer.key.attempt == attempt;
  };
  if (static_cast<std::size_t>(std::ranges::count_if(answers, is_renewal)) < kKept) return;
  answers.erase(std::ranges::find_if(answers, is_renewal));  // the oldest: answers stand in their order
}

}  // namespace

std::string file_name_of(const LockName& name) {
  std::string text = escaped(name.space) + "+" + escaped(name.bytes);
  // A point in front would hide it, and is how our own files begin.
  if (text.front() == '.') text.replace(0, 1, "%2e");
  if (text.size() <= kLongestFileName) return text;
  const std::uint64_t hash = digest(storage_key(name));
  text.resize(kLongestFileName - 17);
  return text + fmt::format("~{:016x}", hash);
}

bool may_be_record(std::string_view file) {
  const auto from_a_name = [](char c) { return kPlain.find(c) != kPlain.npos || c == '%' || c == '+' || c == '~'; };
  const bool cut = file.size() == kLongestFileName && file.contains('~');
  return !file.starts_with('.') && std::ranges::all_of(file, from_a_name) && (cut || file.contains('+'));
}

std::string encode(const FileRecords& records) {
  RecordWriter writer;
  writer.integer(static_cast<std::uint32_t>(records.size()));
  for (const auto& [name, record] : records) {
    writer.name(name);
    writer.record(record);
  }
  std::string bytes(kMagic);
  bytes += writer.take();
  ByteWriter end;
  end.integer(digest(bytes));
  return bytes + end.take();
}

std::optional<FileRecords> decode_records(std::string_view bytes) {
  constexpr std::size_t kDigest = sizeof(std::uint64_t);
  if (!bytes.starts_with(kMagic) || bytes.size() < kMagic.size() + kDigest) return std::nullopt;
  const std::string_view told = bytes.substr(0, bytes.size() - kDigest);
  if (ByteReader(bytes.substr(told.size())).integer<std::uint64_t>() != digest(told)) return std::nullopt;
  RecordReader reader(told.substr(kMagic.size()));
  FileRecords records;
  for (auto left = reader.integer<std::uint32_t>(); left > 0 && !reader.failed(); --left) {
    LockName name = reader.name();
    FileRecord record = reader.record();
    records.emplace(std::move(name), std::move(record));
  }
  if (!reader.finished()) return std::nullopt;
  return records;
}

Memory memory_of(const FileRecord& record, RequestKey key) {
  Memory memory;
  for (const Remembered& answer : record.answers) {
    if (answer.key.attempt != key.attempt) continue;
    memory.acted = true;
    if (answer.key.number == kBrokenEntry) memory.broken = true;
    if (answer.key == key) memory.answer = answer;
  }
  return memory;
}

void write(FileRecord& record, const LockName& name, const Changes& changes, Reading at) {
  std::erase_if(record.answers,
                [&](const Remembered& answer) { return answer.boot == at.boot && answer.forget_at <= at.now; });
  for (const Change& change : changes) {
    apply(record.lock, change);
    if (change.kind == Change::Kind::remember) {
      std::erase_if(record.answers, [&](const Remembered& old) { return old.key == change.answer.key; });
      if (change.answer.kind == Remembered::Kind::renewed)
        forget_old_renewals(record.answers, change.answer.key.attempt);
      record.answers.push_back(change.answer);
    }
    if (auto event = event_of(name, change)) {
      ++record.next_event;
      record.events.push_back(std::move(*event));
    }
  }
  if (record.events.size() > kRecordEvents) {
    record.events.erase(record.events.begin(), record.events.end() - static_cast<std::ptrdiff_t>(kRecordEvents));
  }
}

}  // namespace lockstep
