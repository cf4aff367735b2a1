// invigil models: lists, verifies and fetches the detection models.
#include "app.hpp"

#include <invigil/models.hpp>

#include <algorithm>
#include <cstdio>
#include <filesystem>

#include <fmt/format.h>
#include <nlohmann/json.hpp>

namespace {

using nlohmann::ordered_json;

struct Options {
  std::vector<std::string> names;
  std::string folder;
};

std::vector<invigil::Model> chosen(const std::vector<std::string>& names) {
  auto models = invigil::list_models();
  for (const auto& name : names)
    if (std::ranges::find(models, name, &invigil::Model::name) == models.end())
      throw invigil::Error(invigil::Errc::argument, name, "is no known model; see `invigil models list`");
  if (!names.empty())
    std::erase_if(models,
                  [&](const auto& model) { return std::ranges::find(names, model.name) == names.end(); });
  return models;
}

ordered_json describe(const invigil::Model& model) {
  return {{"name", model.name},
          {"file", model.file},
          {"sha256", model.sha256},
          {"url", model.url},
          {"licence", model.licence},
          {"purpose", model.purpose},
          {"path", model.path.empty() ? ordered_json{} : ordered_json(model.path.string())}};
}

int list(const Options& options, const app::Common& common) {
  ordered_json all = ordered_json::array();
  for (const auto& model : chosen(options.names)) {
    if (common.json) {
      all.push_back(describe(model));
      continue;
    }
    app::print(fmt::format("{:<14} {:<33} {}\n{:<14} {}\n{:<14} sha256:{}\n", model.name, model.purpose,
                           model.licence, "", model.path.empty() ? "not installed" : model.path.string(), "",
                           model.sha256));
  }
  if (common.json) app::print(all.dump(2) + "\n");
  return app::Exit::done;
}

/// Why the model is not as it should be; empty when it is.
std::string defect(const invigil::Model& model) {
  try {
    invigil::verify_model(model);
    return {};
  } catch (const invigil::Error& e) {
    return e.what();
  }
}

/// Without names only those that lie somewhere: an absent model is a choice, a wrong one is not.
int verify(const Options& options, const app::Common& common) {
  auto models = chosen(options.names);
  if (options.names.empty()) std::erase_if(models, [](const auto& model) { return model.path.empty(); });
  std::string first_defect;
  ordered_json all = ordered_json::array();
  for (const auto& model : models) {
    const auto wrong = defect(model);
    if (first_defect.empty()) first_defect = wrong;
    if (common.json) {
      auto entry = describe(model);
      entry["ok"] = wrong.empty();
      if (!wrong.empty()) entry["because"] = wrong;
      all.push_back(std::move(entry));
    } else {
      app::print(fmt::format("{:<14} {}\n", model.name, wrong.empty() ? "ok" : "wrong"));
    }
  }
  if (common.json) app::print(all.dump(2) + "\n");
  if (models.empty()) app::say(common, "no model is installed; `invigil models fetch` gets them");
  if (first_defect.empty()) return app::Exit::done;
  fmt::print(stderr, "invigil: {}\n", first_defect);
  return app::Exit::failed;
}

/// Without names and folder only what is absent or wrong. Goes on after a failure, so that one lost address
/// does not keep the other models away.
int fetch(const Options& options, const app::Common& common) {
  bool all_there = true;
  ordered_json all = ordered_json::array();
  for (auto model : chosen(options.names)) {
    const bool wanted = !options.folder.empty() || !defect(model).empty();
    try {
      if (wanted) model.path = invigil::fetch_model(model, options.folder);
    } catch (const invigil::Error& e) {
      all_there = false;
      app::warn(e.what());
      continue;
    }
    if (common.json)
      all.push_back(describe(model));
    else
      app::print(fmt::format("{:<14} {}\n", model.name, model.path.string()));
  }
  if (common.json) app::print(all.dump(2) + "\n");
  return all_there ? app::Exit::done : app::Exit::failed;
}

app::Job add(CLI::App& command, const app::Common& common) {
  auto options = std::make_shared<Options>();
  auto job = std::make_shared<app::Job>();
  command.require_subcommand(1);
  command.fallthrough();
  struct Verb {
    const char* name;
    const char* help;
    int (*run)(const Options&, const app::Common&);
  };
  for (const auto& verb : {Verb{"list", "Every known model: where it lies, licence, digest", list},
                           Verb{"verify", "Compare the digests of the installed models", verify},
                           Verb{"fetch", "Download the absent ones, check, install", fetch}}) {
    auto* sub = command.add_subcommand(verb.name, verb.help);
    sub->fallthrough();
    sub->add_option("NAME", options->names, "Only these models");
    if (verb.run == fetch)
      sub->add_option("--to", options->folder, "Folder to install into. Default: the user's data folder");
    sub->callback(
        [job, options, &common, run = verb.run] { *job = [=, &common] { return run(*options, common); }; });
  }
  app::teach(command, {{"models list", "what there is, and what is installed"},
                       {"models fetch", "install what is missing"},
                       {"models verify --json", "are they what they should be?"}});
  return [job] { return (*job)(); };
}

const app::Subcommand registered{90, "models", "list, verify and fetch the detection models", add};

}  // namespace
