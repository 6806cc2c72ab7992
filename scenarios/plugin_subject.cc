// Trouble with the library is thrown through the run: it is nothing that a lock may answer.
#include "scenarios/plugin_subject.h"

#include <fmt/format.h>

#include "scenarios/own_subjects.h"

namespace lockstep::scenarios {

Subject plugin_subject(const std::string& file) {
  const Plugin plugin = load_plugin(file);
  if (const auto flaw = flaw_of_name(plugin.name)) {
    throw PluginTrouble(fmt::format("the plug-in {} has no fit name: {}", file, *flaw));
  }
  const auto make = [plugin](const StoreParts& parts) {
    return std::make_shared<PluginLock>(plugin,
                                        PluginLock::Place{parts.clock, parts.random.next(), parts.real_directory});
  };
  const std::string about = plugin.about.empty() ? "the plug-in " + file : plugin.about;
  Subject subject = simple_subject<PluginLock>(plugin.name, about, plugin.claims, make,
                                               plugin.in_clients ? Deployment::one_host : Deployment::servers);
  subject.library = file;
  return subject;
}

}  // namespace lockstep::scenarios
