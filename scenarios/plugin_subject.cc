// Trouble with the library is thrown through the run: it is nothing that a lock may answer.
#include "scenarios/plugin_subject.h"

#include <fmt/format.h>

#include "scenarios/own_subjects.h"

namespace lockstep::scenarios {

namespace {

Deployment deployment_of(std::uint32_t runs) {
  switch (runs) {
    case LOCKSTEP_RUNS_HOSTS: return Deployment::spread_servers;
    case LOCKSTEP_RUNS_CLIENTS: return Deployment::one_host;
    default: return Deployment::servers;
  }
}

}  // namespace

Subject plugin_subject(const std::string& file) {
  const Plugin plugin = load_plugin(file);
  if (const auto flaw = flaw_of_name(plugin.name)) {
    throw PluginTrouble(fmt::format("the plug-in {} has no fit name: {}", file, *flaw));
  }
  const bool common = plugin.runs != LOCKSTEP_RUNS_SERVER;
  const auto make = [plugin, common](const StoreParts& parts) {
    auto directory = common ? parts.common_directory : parts.real_directory;
    return std::make_shared<PluginLock>(plugin,
                                        PluginLock::Place{parts.clock, parts.random.next(), std::move(directory)});
  };
  const std::string about = plugin.about.empty() ? "the plug-in " + file : plugin.about;
  auto subject = simple_subject<PluginLock>(plugin.name, about, plugin.claims, make, deployment_of(plugin.runs));
  live_on_real_files(subject);
  subject.library = file;
  return subject;
}

}  // namespace lockstep::scenarios
