// The built program as a test sees it: words in, an exit code and two texts out, in a directory of its own. For tests
// only.
#pragma once

#include <gtest/gtest.h>
#include <pty.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

namespace lockstep::cli {

inline std::string text_of(const std::string& path) {
  std::ifstream file(path);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

struct Ended {
  int code = -1;  // 128 and more: by that signal
  std::string out;
  std::string err;
};

class Program : public testing::Test {
 protected:
  Program() {
    std::string pattern = testing::TempDir() + "cli_XXXXXX";
    directory = ::mkdtemp(pattern.data());
  }
  ~Program() override { std::filesystem::remove_all(directory); }

  // A line for the shell, in which $L is the program.
  Ended shell(const std::string& line) const {
    const std::string whole = "cd '" + directory + "' && { L='" LOCKSTEP_PROGRAM "'; " + line + " ; } >'" + directory +
                              "/.out' 2>'" + directory + "/.err' </dev/null";
    const int status = std::system(whole.c_str());
    return {exit_code(status), text_of(directory + "/.out"), text_of(directory + "/.err")};
  }
  Ended runs(const std::string& words) const { return shell("\"$L\" " + words); }

  // False in a container without pseudo-terminals.
  static bool terminals_exist() {
    int one = -1, other = -1;
    if (::openpty(&one, &other, nullptr, nullptr, nullptr) != 0) return false;
    ::close(one);
    ::close(other);
    return true;
  }
  // What a terminal would get to see, of both outputs.
  std::string on_a_terminal(const std::string& environment, const std::string& words,
                            unsigned short width = 100) const {
    int terminal = -1;
    winsize size{.ws_row = 50, .ws_col = width, .ws_xpixel = 0, .ws_ypixel = 0};
    const pid_t child = ::forkpty(&terminal, nullptr, nullptr, &size);
    if (child == 0) {
      const std::string line = "cd '" + directory + "' && exec env " + environment + " '" LOCKSTEP_PROGRAM "' " + words;
      ::execl("/bin/sh", "sh", "-c", line.c_str(), nullptr);
      ::_exit(127);
    }
    std::string seen;
    char buffer[4096];
    for (ssize_t got = 0; (got = ::read(terminal, buffer, sizeof buffer)) > 0;) {
      seen.append(buffer, static_cast<std::size_t>(got));
    }
    ::close(terminal);
    ::waitpid(child, nullptr, 0);
    return seen;
  }

  void write(const std::string& name, const std::string& text) const { std::ofstream(directory + "/" + name) << text; }
  std::string read(const std::string& name) const { return text_of(directory + "/" + name); }
  bool exists(const std::string& name) const { return std::filesystem::exists(directory + "/" + name); }

  std::string directory;

 private:
  static int exit_code(int status) { return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status); }
};

inline bool says(const std::string& text, const std::string& words) { return text.find(words) != std::string::npos; }
inline auto lines_in(const std::string& text) { return std::count(text.begin(), text.end(), '\n'); }

}  // namespace lockstep::cli
