// What the outside looks like: whether there is a terminal, how wide, whether colours are welcome; and the progress
// of a campaign as a live line there, or as plain lines in a pipe.
#pragma once

#include <atomic>
#include <string>
#include <vector>

#include "properties/campaign.h"
#include "reports/text_style.h"

namespace lockstep::cli {

// For standard output. Colour only on a terminal, and not if NO_COLOR is set.
reports::TextStyle style_of_output();

bool is_terminal_output();

// Set by Ctrl-C from here on. A second Ctrl-C ends the program at once.
const std::atomic<bool>& interrupted();

// From here on, until `HangWarning` is gone: a run that takes a thousand times as long as runs do is spoken of on
// standard error, since a lock that hangs in simulated time says nothing itself.
class HangWarning {
 public:
  HangWarning();
  ~HangWarning();
  HangWarning(const HangWarning&) = delete;
  HangWarning& operator=(const HangWarning&) = delete;
};

// Writes a whole file. Errors: throws UsageError.
void write_file(const std::string& path, const std::string& text);
// Throws UsageError if a file could not be written there: to be found out before hours of work, not after.
void require_writable(const std::string& path);
// Of --html: throws a UsageError if the file cannot be written, or this program has no pages. Nothing of an empty name.
void require_page(const std::string& file);
// The same of each report that is asked for; those in `files` are not for standard output. Annotations stand behind the
// text, so they have no place where standard output is `json`.
void require_reports(const std::string& json, const std::vector<std::string>& files, bool annotations);
// Makes the directory that --out names. Throws UsageError if it cannot be made.
void require_directory(const std::string& path);

// One line on standard error that changes in place on a terminal; in a pipe a line every so often, if it has changed.
class StatusLine {
 public:
  StatusLine();
  ~StatusLine() { clear(); }
  void show(Duration elapsed, const std::string& line);
  void clear();

 private:
  bool live_;
  Duration next_{};
  std::string last_;  // of a pipe, which is told nothing twice
  bool shown_ = false;
};

class ProgressLine final : public properties::CampaignListener {
 public:
  // `limit`: of real time, after which no run is begun.
  explicit ProgressLine(Duration limit);
  ~ProgressLine() override;
  void progressed(const properties::CampaignProgress& progress) override;
  void set_aside(const std::string& state_file) override;
  void failed(const scenarios::Failure& failure) override;
  void died(std::uint64_t seed, const std::string& how) override;
  // Clears a live line, so that the report can follow.
  void finish();

 private:
  bool live_;
  Duration limit_;
  bool began_ = false;
  Duration next_{};
  std::string told_;
  bool shown_ = false;
};

}  // namespace lockstep::cli
