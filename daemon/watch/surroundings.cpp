#include "watch/surroundings.hpp"

#include "inventory/names.hpp"
#include "inventory/projects.hpp"

#include <sys/inotify.h>

#include <algorithm>
#include <array>

namespace envfix::watch {

namespace {

using inventory::is_below;
using inventory::join;

constexpr std::size_t k_most_kept{65'536};

bool has(const formats::InotifyEvent& event, std::uint32_t bits)
{
    return (event.mask & bits) != 0;
}

constexpr std::uint32_t k_came = IN_CREATE | IN_MOVED_TO;
constexpr std::uint32_t k_went = IN_DELETE | IN_MOVED_FROM;

bool makes_environment(std::string_view name)
{
    return name == "pyvenv.cfg" || name == "conda-meta";
}

/// The names under which projects link to a venv that lies elsewhere.
bool is_usual_link(std::string_view name)
{
    return name == ".venv" || name == "venv" || name == "env";
}

/// The deepest folders whose parents are to be scanned anyway are left out.
std::map<std::string, int> without_nested(const std::map<std::string, int>& folders)
{
    std::map<std::string, int> kept;
    for (const auto& [path, depth] : folders) {
        bool is_nested = false;
        for (auto above = inventory::parent(path); above != "/" && !is_nested;
             above = inventory::parent(above))
            is_nested = folders.contains(std::string(above));
        if (!is_nested) kept.emplace(path, depth);
    }
    return kept;
}

} // namespace

Scan perform(const fs::Tree& tree, const Inotify& inotify, Job asked)
{
    Scan scan{.job = std::move(asked), .survey = {}, .watched = {}};
    const Job& job = scan.job;
    bool known_place = false;
    const inventory::FolderHook hook = [&](int folder, const std::string& path, int depth) {
        if (scan.watched.size() >= job.budget) {
            scan.limit_reached = true;
            return;
        }
        const auto watch = inotify.add(folder, Interest::names);
        if (!watch) {
            scan.limit_reached = scan.limit_reached || watch.error().code == ErrorCode::no_space;
            return;
        }
        scan.watched.emplace_back(*watch, Above{.path = path,
                                                .depth = depth,
                                                .known_place = known_place,
                                                .generation = job.generation});
    };
    if (job.all || job.known_places) {
        known_place = true;
        scan.survey = inventory::survey_known_places(tree, job.places, job.limits, hook);
        known_place = false;
    }
    auto below = job.below;
    if (job.all) {
        below.clear();
        for (const auto& root : job.places.roots)
            below.emplace(root, 0);
    }
    for (const auto& [path, depth] : below) {
        inventory::merge(scan.survey, inventory::survey_below(tree, job.places, path, job.limits,
                                                              hook, depth));
    }
    return scan;
}

void Surroundings::set_places(inventory::Places places)
{
    m_places = std::move(places);
    m_all = true;
}

bool Surroundings::keep(const formats::InotifyEvent& event)
{
    const bool matters = is_end_of_folder(event.mask) || has(event, IN_ISDIR) ||
                         makes_environment(event.name) || is_usual_link(event.name) ||
                         inventory::states_requirements(event.name) ||
                         inventory::is_python(event.name) || event.name == "environments.txt";
    if (!matters || inventory::is_pruned(event.name)) return false;
    if (m_kept.size() >= k_most_kept) {
        m_all = true;
        return false;
    }
    m_kept.push_back(event);
    return true;
}

bool Surroundings::has_work() const
{
    return m_all || m_known_places || !m_kept.empty() || !m_look_again.empty();
}

void Surroundings::drop(const std::vector<int>& watches)
{
    for (const int watch : watches) {
        if (m_table.drop_above(watch)) m_inotify.remove(watch);
    }
}

void Surroundings::digest_below(const Above& above, const formats::InotifyEvent& event)
{
    const auto path = join(above.path, event.name);
    if (makes_environment(event.name)) {
        if (has(event, k_came)) m_to_scan.emplace(above.path, above.depth);
        if (has(event, k_went)) m_to_check.insert(above.path);
        return;
    }
    if (inventory::states_requirements(event.name)) {
        m_to_ask.insert(above.path);
    } else if (has(event, IN_ISDIR) && has(event, k_went)) {
        // What is watched below goes by a path that is not true any more.
        drop(m_table.above_within(path));
        m_to_check.insert(path);
    } else if (has(event, IN_ISDIR) && has(event, k_came)) {
        m_to_scan.emplace(path, above.depth + 1);
    } else if (is_usual_link(event.name) && has(event, k_came) &&
               m_tree.lstat(join(path, "pyvenv.cfg"))) {
        m_to_scan.emplace(above.path, above.depth);
    } else if (has(event, k_went) && m_projects.served.contains(above.path)) {
        m_to_scan.emplace(above.path, above.depth); // the link by which it was served
    }
}

void Surroundings::digest(const formats::InotifyEvent& event)
{
    const auto* const folder = m_table.find(event.wd);
    if (folder == nullptr || !folder->above) return;
    const Above above = *folder->above;
    if (is_end_of_folder(event.mask)) {
        // IN_IGNORED says of itself that the kernel's side is gone; of the others, ours must go.
        drop(m_table.above_within(above.path));
        m_to_check.insert(above.path);
        if (above.known_place) m_known_places = true;
        // Another folder may stand there already; or an environment that shared the watch let go of
        // it while a scan set it.
        if (m_tree.is_directory(above.path)) m_to_scan.emplace(above.path, above.depth);
        return;
    }
    if (above.known_place) m_known_places = true;
    // A folder may be both; one that lies below no root is only a known place.
    const auto holds = [&](const std::string& root) { return is_below(above.path, root); };
    if (std::ranges::any_of(m_places.roots, holds)) digest_below(above, event);
    if (above.known_place && has(event, k_went)) m_to_check.insert(join(above.path, event.name));
}

void Surroundings::put(model::Environment environment, Change& change)
{
    auto& known = m_known[environment.id];
    if (known == environment) return;
    known = environment;
    change.appeared.push_back(std::move(environment));
}

void Surroundings::check(const std::string& path, Change& change)
{
    for (auto at = m_known.begin(); at != m_known.end();) {
        const auto& environment = at->second;
        if (environment.kind == model::EnvironmentKind::project) { // settle_projects knows of them
            ++at;
            continue;
        }
        const bool concerns =
            is_below(environment.path, path) || is_below(environment.executable, path);
        if (concerns && !inventory::is_there(m_tree, environment)) {
            change.vanished.push_back(environment);
            at = m_known.erase(at);
            continue;
        }
        if (concerns) change.exchanged.push_back(environment.id);
        ++at;
    }
    auto& asking = m_projects.asking;
    std::vector<std::string> moved;
    for (auto folder = asking.lower_bound(path); folder != asking.end() && folder->starts_with(path); ++folder) {
        if (is_below(*folder, path)) moved.push_back(*folder);
    }
    for (const auto& folder : moved) ask_again(folder);
}

void Surroundings::ask_again(const std::string& folder)
{
    if (inventory::asks_for_packages(m_tree, folder)) {
        m_projects.asking.insert(folder);
    } else {
        m_projects.asking.erase(folder);
    }
}

void Surroundings::note_projects(const Scan& scan)
{
    if (scan.job.all) m_projects = {};
    for (const auto& [folder, depth] : scan.job.below) m_projects.forget_below(folder);
    m_projects.add(scan.survey.projects);
}

/// Which projects have no environment follows from all that is known; whatever changed, all of it is looked at, but no disk.
void Surroundings::settle_projects(Change& change)
{
    auto now = inventory::projects_without_environment(m_projects, m_known, m_places);
    std::set<std::string> ids;
    for (auto& project : now) {
        ids.insert(project.id);
        put(std::move(project), change);
    }
    for (auto at = m_known.begin(); at != m_known.end();) {
        if (at->second.kind != model::EnvironmentKind::project || ids.contains(at->first)) {
            ++at;
            continue;
        }
        change.vanished.push_back(at->second);
        at = m_known.erase(at);
    }
}

void Surroundings::look_again(const std::string& environment, Change& change)
{
    const auto found = m_known.find(environment);
    if (found == m_known.end()) return;
    const auto known = found->second;
    using model::EnvironmentKind;
    if (known.kind == EnvironmentKind::project) {
        m_to_ask.insert(known.path);
        return;
    }
    const bool has_own_folder = known.kind == EnvironmentKind::venv ||
                                known.kind == EnvironmentKind::pipx ||
                                known.kind == EnvironmentKind::conda;
    if (!has_own_folder) {
        m_known_places = true;
        m_to_check.insert(known.executable);
        return;
    }
    if (!inventory::is_there(m_tree, known)) {
        m_to_check.insert(known.path);
        return;
    }
    auto now = inventory::locate(m_tree, known.path, m_places, m_limits);
    if (!now || now->size() != 1 || now->front().id != known.id) return;
    if (!known.project.empty()) now->front().project = known.project;
    put(std::move(now->front()), change);
}

Job Surroundings::next_job(Change& change)
{
    const auto again = std::exchange(m_look_again, {});
    for (const auto& environment : again)
        look_again(environment, change);
    const auto kept = std::exchange(m_kept, {});
    for (const auto& event : kept)
        digest(event);
    const auto to_check = std::exchange(m_to_check, {});
    for (const auto& path : to_check)
        check(path, change);
    const auto to_ask = std::exchange(m_to_ask, {});
    for (const auto& folder : to_ask)
        ask_again(folder);
    if (!to_check.empty() || !to_ask.empty() || !change.appeared.empty()) settle_projects(change);

    Job job{.places = m_places, .limits = m_limits, .below = {}};
    job.all = std::exchange(m_all, false);
    job.known_places = std::exchange(m_known_places, false) && !job.all;
    job.below = without_nested(std::exchange(m_to_scan, {}));
    if (job.all) {
        job.below.clear();
        ++m_generation;
    }
    job.generation = m_generation;
    // A scan of everything sees again what is watched already, and that costs nothing more.
    const auto used = job.all ? 0 : m_table.above_count();
    job.budget = m_most > used ? m_most - used : 0;
    m_scanning = !is_empty(job);
    return job;
}

void Surroundings::merge(Scan scan, Change& change)
{
    m_scanning = false;
    for (auto& [watch, above] : scan.watched)
        m_table.put_above(watch, std::move(above));
    if (scan.job.all) {
        drop(m_table.above_older_than(scan.job.generation));
        m_limits_met = std::move(scan.survey.limits);
        m_unreadable = std::move(scan.survey.unreadable);
        m_limit_reached = scan.limit_reached;
    } else {
        m_limit_reached = m_limit_reached || scan.limit_reached;
    }

    note_projects(scan);
    std::set<std::string> found;
    for (auto& environment : scan.survey.environments) {
        found.insert(environment.id);
        put(std::move(environment), change);
    }
    const auto is_within_roots = [&](const model::Environment& environment) {
        return std::ranges::any_of(m_places.roots, [&](const std::string& root) {
            return is_below(environment.path, root);
        });
    };
    for (auto at = m_known.begin(); at != m_known.end();) {
        const auto& environment = at->second;
        if (environment.kind == model::EnvironmentKind::project) {
            ++at;
            continue;
        }
        const auto holds = [&](const auto& folder) {
            return is_below(environment.path, folder.first);
        };
        const bool in_scope =
            scan.job.all || scan.job.known_places || std::ranges::any_of(scan.job.below, holds);
        const bool wanted = !scan.job.all || is_within_roots(environment);
        // A scan that was cut short has not seen everything: what is there stays.
        if (!in_scope || found.contains(environment.id) ||
            (wanted && inventory::is_there(m_tree, environment))) {
            ++at;
            continue;
        }
        change.vanished.push_back(environment);
        at = m_known.erase(at);
    }
    settle_projects(change);
}

} // namespace envfix::watch
