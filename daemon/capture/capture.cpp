#include "capture/capture.hpp"

#include "capture/barriers.hpp"
#include "capture/beside.hpp"
#include "capture/chain_link.hpp"
#include "capture/distributions.hpp"
#include "capture/folder_view.hpp"
#include "capture/interpreter.hpp"
#include "capture/places.hpp"
#include "capture/project.hpp"
#include "capture/stated_requirements.hpp"
#include "capture/sys_path.hpp"
#include "capture/venv_trouble.hpp"
#include "capture/verify.hpp"
#include "formats/editable_finder.hpp"
#include "pep/name.hpp"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <utility>

namespace envfix::capture {

namespace {

using Kind = model::InterpreterTrouble::Kind;

/// What can be said of a venv's path where its Python cannot be asked for: the folders that packages lie in.
std::vector<model::PathEntry> folders_without_python(const fs::Tree& tree, const std::string& prefix)
{
    std::vector<model::PathEntry> path;
    for (const auto& version : library_versions(tree, prefix)) {
        path.push_back({.path = prefix + "/lib/python" + version + "/site-packages",
                        .origin = model::PathOrigin::venv_site,
                        .exists = true});
    }
    return path;
}

/// The name that a requirement begins with.
std::string name_of(const std::string& requirement)
{
    const auto end = std::ranges::find_if_not(requirement, [](char c) {
        return std::isalnum(static_cast<unsigned char>(c)) != 0 || c == '.' || c == '_' || c == '-';
    });
    return pep::normalize_name(std::string_view(requirement.begin(), end));
}

bool has_folders_of_its_own(const model::Environment& environment)
{
    return environment.kind == model::EnvironmentKind::venv || environment.kind == model::EnvironmentKind::pipx;
}

/// Where the packages of a venv lie; empty where that is not known.
std::string own_site_folder(const model::Environment& environment, const model::Interpreter& python)
{
    if (!has_folders_of_its_own(environment) || python.major == 0 || python.implementation != "cpython") return {};
    return environment.path + "/lib/python" + std::to_string(python.major) + "." + std::to_string(python.minor) +
           (python.free_threaded ? "t" : "") + "/site-packages";
}

/// Python leaves out a site folder that is no folder, and then runs without a word: what was meant to be there cannot be told.
/// One that is not there at all holds nothing.
void note_site_that_is_none(const fs::Tree& tree, model::Snapshot& snapshot)
{
    const auto own = own_site_folder(snapshot.environment, snapshot.interpreter);
    if (own.empty() || std::ranges::find(snapshot.sys_path, own, &model::PathEntry::path) != snapshot.sys_path.end()) return;
    // From there up to the first that is there: below what is no folder nothing is.
    auto place = own;
    auto itself = tree.lstat(place);
    const auto is_below = [&] { return place.size() > snapshot.environment.path.size(); };
    for (; !itself && itself.error().code != ErrorCode::denied && is_below(); itself = tree.lstat(place)) place.erase(place.rfind('/'));
    const auto status = tree.stat(place);
    if (!is_below() || (status && status->is_directory())) return;
    snapshot.unreadable.push_back({place, status ? "it is no folder, and packages belong into one" : status.error().message});
    snapshot.sys_path.push_back({.path = own, .origin = model::PathOrigin::venv_site, .exists = false});
}

void read_interpreter(const fs::Tree& tree, const Options& options, model::Snapshot& snapshot)
{
    auto& environment = snapshot.environment;
    snapshot.interpreter.executable = environment.executable;
    auto trouble = executable_trouble(tree, environment);
    if (!trouble) {
        snapshot.unreadable.push_back(
            {environment.executable.empty() ? environment.path : environment.executable, trouble.error().message});
        return;
    }
    snapshot.trouble = *std::move(trouble);
    if (snapshot.trouble.kind != Kind::none) {
        snapshot.sys_path = folders_without_python(tree, environment.path);
        return;
    }
    // A venv that was found before its Python was there.
    if (environment.executable.empty() && has_folders_of_its_own(environment)) environment.executable = environment.path + "/bin/python";
    auto interpreter = options.interpreters != nullptr
                           ? options.interpreters->describe(tree, environment.executable, options.now_ns)
                           : describe_interpreter(tree, environment.executable);
    if (!interpreter) {
        snapshot.unreadable.push_back({environment.executable, interpreter.error().message});
        return;
    }
    snapshot.interpreter = *std::move(interpreter);
    if (has_folders_of_its_own(environment)) {
        snapshot.trouble = venv_trouble(tree, environment, snapshot.interpreter);
    }
    auto path = sys_path_of(tree, snapshot.interpreter, {.environment = options.variables, .home = options.home});
    if (!path) {
        snapshot.unreadable.push_back({environment.executable, path.error().message});
        return;
    }
    snapshot.sys_path = std::move(path->entries);
    snapshot.executed = std::move(path->executed);
    std::ranges::move(path->unreadable, std::back_inserter(snapshot.unreadable));
    if (!path->fatal.empty()) snapshot.unreadable.push_back({environment.executable, "it would not start: " + path->fatal});
    note_site_that_is_none(tree, snapshot);
}

/// LD_LIBRARY_PATH, as the programs of the environment have it.
std::vector<std::string> library_path_of(const fs::Tree& tree, const Options& options)
{
    constexpr auto* k_variable = "LD_LIBRARY_PATH";
    std::vector<std::string> folders;
    if (const auto set = options.variables.find(k_variable); set != options.variables.end()) {
        std::string_view rest(set->second);
        while (!rest.empty()) {
            const auto end = rest.find_first_of(":;");
            if (rest.starts_with('/')) folders.emplace_back(rest.substr(0, end));
            rest = end == std::string_view::npos ? std::string_view{} : rest.substr(end + 1);
        }
        return folders;
    }
    const auto session = std::ranges::find(options.session, k_variable, &model::PathSetting::variable);
    if (tree.is_system() && session != options.session.end()) folders = session->entries;
    return folders;
}

void read_libraries(const fs::Tree& tree, const Options& options, model::Snapshot& snapshot)
{
    KnownLibraries none;
    auto& libraries = options.libraries != nullptr ? *options.libraries : none;
    libraries.look(tree, library_path_of(tree, options), snapshot, options.now_ns);
}

/// The modules that setuptools' editable installs serve by a finder of their own. Lines that are understood are no riddle any
/// more.
std::vector<formats::EditableModule> editable_modules(const fs::Tree& tree, model::Snapshot& snapshot)
{
    constexpr std::size_t k_finder_cap = 256UL * 1024;
    std::vector<formats::EditableModule> modules;
    std::erase_if(snapshot.executed, [&](const model::ExecutedLine& line) {
        const auto finder = formats::editable_finder_of(line.text);
        if (finder.empty()) return false;
        const auto text = tree.read(line.file.substr(0, line.file.rfind('/') + 1) + std::string(finder) + ".py", k_finder_cap);
        if (!text) return false;
        auto found = formats::parse_editable_finder(*text);
        std::ranges::move(found, std::back_inserter(modules));
        return !found.empty();
    });
    return modules;
}

std::vector<std::string> existing_sites(const std::vector<model::PathEntry>& sys_path)
{
    std::vector<std::string> sites;
    for (const auto& entry : sys_path) {
        if (!entry.exists || entry.origin == model::PathOrigin::stdlib) continue;
        if (std::ranges::find(sites, entry.path) == sites.end()) sites.push_back(entry.path);
    }
    return sites;
}

/// For each distribution how its files differ from its RECORD.
std::vector<std::vector<model::DamagedFile>> verify_records(const fs::Tree& tree, const FolderViews& folders,
                                                            const std::vector<model::Distribution>& distributions,
                                                            HashCache& hashes, std::int64_t now_ns)
{
    std::vector<std::vector<model::DamagedFile>> damaged;
    for (const auto& distribution : distributions) {
        damaged.push_back(verify_record(tree, folders, distribution, hashes, now_ns));
    }
    return damaged;
}

/// A memory is for one thread.
bool has_threads(const Options& options)
{
    return options.threads && options.memory == nullptr;
}

/// RECORDs are long. They are compared while the modules are looked for, which does not need `hashes`.
std::vector<model::LinkState> read_links(const LinkView& view, const model::Chain& chain, HashCache& hashes, const Options& options)
{
    std::vector<model::LinkState> states;
    std::vector<model::Distribution> installed; // one without a RECORD for a link that nothing stands in for
    for (const auto& link : chain.links) {
        states.push_back(find_link(view, link));
        installed.push_back(states.back().installed.value_or(model::Distribution{}));
    }
    auto compared = beside(has_threads(options), [&] {
        const auto own = view.tree.still();
        return verify_records(has_threads(options) ? own : view.tree, view.folders, installed, hashes, options.now_ns);
    });
    for (std::size_t i = 0; i < states.size(); ++i) read_modules(view, chain.links[i], states[i]);
    auto damaged = compared.get();
    for (std::size_t i = 0; i < states.size(); ++i) {
        states[i].damaged = std::move(damaged[i]);
        read_sources(view, states[i]);
    }
    return states;
}

} // namespace

Places look_around(const fs::Tree& tree, const model::Chain& chain, const Options& options, const model::Environment& environment,
                   const model::Interpreter& interpreter)
{
    if (!options.variables.empty()) return {};
    const std::vector<model::PathSetting> none; // the session's own are no matter of another root
    const PlacesQuestion question{.environment = environment,
                                  .interpreter = interpreter,
                                  .chain = chain,
                                  .home = options.home,
                                  .session = tree.is_system() ? options.session : none,
                                  .now_ns = options.now_ns};
    return options.places != nullptr ? options.places->look(tree, question) : look_at_places(tree, question);
}

std::vector<std::string> site_folders(const model::Snapshot& snapshot)
{
    auto sites = existing_sites(snapshot.sys_path);
    auto own = own_site_folder(snapshot.environment, snapshot.interpreter);
    if (own.empty()) return sites;
    // Python leaves out a folder that is not there. The watch must not: it may come back.
    if (std::ranges::find(sites, own) == sites.end()) sites.insert(sites.begin(), std::move(own));
    return sites;
}

model::Snapshot capture(const fs::Tree& machine, const model::Environment& environment, const model::Chain& chain,
                        HashCache& hashes, const Options& options)
{
    std::optional<fs::Tree> seen;
    if (options.witness != nullptr) seen = machine.seen_by(*options.witness);
    const auto& looked_at = seen ? *seen : machine;
    // Interpreter, search path, libraries and places ask for many of the same files.
    const auto tree = looked_at.still();
    model::Snapshot snapshot{.environment = environment, .chain = chain.name};
    read_interpreter(tree, options, snapshot);
    auto looked_around = beside(has_threads(options) && options.variables.empty(), [&] {
        // KnownPlaces answers from what it asked before, which no witness of today has seen.
        const auto own = (options.places != nullptr ? machine : looked_at).still();
        const bool is_apart = has_threads(options) || (seen && options.places != nullptr);
        return look_around(is_apart ? own : tree, chain, options, snapshot.environment, snapshot.interpreter);
    });

    const FolderViews folders(tree, existing_sites(snapshot.sys_path), Recall(options.memory, options.now_ns),
                              editable_modules(tree, snapshot));
    snapshot.unreadable.insert(snapshot.unreadable.end(), folders.unreadable().begin(), folders.unreadable().end());
    auto installed = read_distributions(folders);
    snapshot.distributions = std::move(installed.distributions);
    snapshot.leftovers = std::move(installed.leftovers);
    snapshot.incomplete = std::move(installed.incomplete);
    std::ranges::move(installed.unreadable, std::back_inserter(snapshot.unreadable));
    if (installed.truncated) {
        const auto& last = snapshot.distributions.back().location;
        snapshot.unreadable.push_back({last, "more distributions than are read"});
    }

    const LinkView view{.tree = tree,
                        .folders = folders,
                        .interpreter = snapshot.interpreter,
                        .distributions = snapshot.distributions,
                        .unreadable = snapshot.unreadable};
    const auto wanted = project_requirements(tree, environment.project);
    snapshot.links = read_links(view, chain, hashes, options);
    for (auto& state : snapshot.links) {
        const auto asked = std::ranges::find(wanted, pep::normalize_name(state.distribution), name_of);
        if (asked != wanted.end()) state.project_requirement = *asked;
    }
    if (environment.kind == model::EnvironmentKind::project) {
        // It has no more than what it asks for; all else is the business of the Python that stands in for it.
        snapshot.requirements = stated_requirements(tree, environment.path);
        return snapshot;
    }
    read_libraries(tree, options, snapshot);
    snapshot.barriers = find_barriers(tree, folders, snapshot);
    auto places = looked_around.get();
    snapshot.local_modules = std::move(places.local_modules);
    snapshot.path_settings = std::move(places.path_settings);
    snapshot.starts = std::move(places.starts);
    return snapshot;
}

} // namespace envfix::capture
