#include "inventory/inventory.hpp"
#include "inventory/names.hpp"
#include "inventory/prefix.hpp"
#include "inventory/projects.hpp"

#include <algorithm>
#include <deque>

namespace envfix::inventory {

namespace {

using Clock = std::chrono::steady_clock;
using fs::FileType;

/// A folder with more names than this holds data, and no project would be found in it by a person
/// either.
constexpr std::size_t k_names_in_folder{50'000};
constexpr std::size_t k_most_unreadable{100};

struct Pending {
    std::string relative; ///< to the folder that the walk began in; empty: itself
    int depth = 0;
};

/// What the names in a folder say of it.
struct Contents {
    bool is_marked = false; ///< something is named pyvenv.cfg
    bool is_venv = false;
    bool is_conda = false;
    bool states_requirements = false;
    std::vector<std::string> folders;
    std::vector<std::string> links;
};

/// Walks breadth first, so that where a limit cuts, it cuts what lies deepest. One folder is open
/// at a time besides the top, and each is opened beneath the top in one step without following a
/// link.
class Walk {
public:
    Walk(const fs::Tree& tree, const Places& places, const Limits& limits, const FolderHook& hook)
        : m_tree(tree), m_places(places), m_limits(limits), m_hook(hook),
          m_deadline(Clock::now() + limits.time)
    {
    }

    /// Notes which folders ask for packages as well.
    void with_projects() { m_with_projects = true; }

    Survey run(const std::string& top, int depth);

private:
    void enter(const fs::Directory& top, const Pending& pending);
    Contents sort_out(std::vector<fs::Entry> entries);
    void take_environment(const std::string& path, const Contents& contents);
    void follow(const std::string& folder, const Contents& contents);
    void take_project(const Pending& from, const std::string& path, const Contents& contents);
    void queue(const Pending& from, const std::string& path, Contents contents);
    bool may_go_on();
    bool stop(std::string sentence);
    void cut(std::string sentence);
    void note_unreadable(std::string path, std::string reason);

    const fs::Tree& m_tree;
    const Places& m_places;
    const Limits& m_limits;
    const FolderHook& m_hook;
    Clock::time_point m_deadline;
    std::string m_top;
    bool m_with_projects = false;
    std::deque<Pending> m_pending;
    Survey m_survey;
};

void Walk::cut(std::string sentence)
{
    if (std::ranges::find(m_survey.limits, sentence) == m_survey.limits.end())
        m_survey.limits.push_back(std::move(sentence));
}

/// Always false.
bool Walk::stop(std::string sentence)
{
    cut(std::move(sentence));
    m_survey.cut = true;
    m_survey.projects.unseen.insert(m_top);
    return false;
}

void Walk::note_unreadable(std::string path, std::string reason)
{
    if (m_survey.unreadable.size() < k_most_unreadable)
        m_survey.unreadable.push_back({.path = std::move(path), .reason = std::move(reason)});
}

bool Walk::may_go_on()
{
    if (m_survey.entries >= m_limits.entries) {
        return stop(m_top + ": only the first " + std::to_string(m_limits.entries) + " entries were read");
    }
    if (m_limits.stop.stop_requested()) {
        return stop(m_top + ": the survey was stopped");
    }
    if (Clock::now() >= m_deadline) {
        return stop(m_top + ": not read to the end within " + std::to_string(m_limits.time.count()) +
                    " ms");
    }
    return true;
}

Contents Walk::sort_out(std::vector<fs::Entry> entries)
{
    Contents contents;
    for (auto& entry : entries) {
        if (entry.name == "pyvenv.cfg") contents.is_marked = true;
        if (states_requirements(entry.name)) contents.states_requirements = true;
        if (entry.type == FileType::directory) {
            contents.is_conda = contents.is_conda || entry.name == "conda-meta";
            if (!is_pruned(entry.name)) contents.folders.push_back(std::move(entry.name));
            continue;
        }
        const bool is_link = entry.type == FileType::link;
        if (is_link && !is_pruned(entry.name)) contents.links.push_back(std::move(entry.name));
    }
    return contents;
}

void Walk::take_environment(const std::string& path, const Contents& contents)
{
    if (contents.is_venv) {
        m_survey.environments.push_back(venv_at(m_tree, m_places, path));
    } else if (contents.is_conda) {
        if (auto conda = conda_at(m_tree, path)) m_survey.environments.push_back(std::move(*conda));
    }
}

/// A project's `.venv` is often a link to where its venv really lies.
void Walk::follow(const std::string& folder, const Contents& contents)
{
    for (const auto& name : contents.links) {
        const auto link = join(folder, name);
        if (!is_marked_as_venv(m_tree, link)) continue;
        const auto real = m_tree.real_path(link);
        if (!real) continue;
        auto found = venv_at(m_tree, m_places, *real);
        if (found.project.empty()) found.project = folder;
        m_survey.environments.push_back(std::move(found));
        m_survey.projects.served.insert(folder);
    }
}

/// Whether one of the folders from the walk's beginning down to this one is hidden.
bool is_hidden(std::string_view relative)
{
    return relative.starts_with('.') || relative.find("/.") != std::string_view::npos;
}

void Walk::take_project(const Pending& from, const std::string& path, const Contents& contents)
{
    if (!m_with_projects || !contents.states_requirements || contents.is_venv || contents.is_conda ||
        is_hidden(from.relative))
        return;
    // What lies in a project that asks for packages is a part of it.
    for (auto above = parent(path); is_below(above, m_top) && above != "/"; above = parent(above)) {
        if (m_survey.projects.asking.contains(std::string(above))) return;
    }
    if (!asks_for_packages(m_tree, path)) return;
    m_survey.projects.asking.insert(path);
    if (is_served_elsewhere(m_tree, m_places, path)) m_survey.projects.served.insert(path);
}

void Walk::queue(const Pending& from, const std::string& path, Contents contents)
{
    const bool is_lib = last_name(path) == "lib" || last_name(path) == "lib64";
    for (auto& name : contents.folders) {
        // What is installed is the snapshot's business; other environments lie beside it.
        if (contents.is_venv && is_environment_part(name)) continue;
        if (!contents.is_venv && contents.is_conda && name != "envs") continue;
        if (is_lib && is_versioned_python(name)) continue;
        if (from.depth == m_limits.depth) {
            cut(m_top + ": folders deeper than " + std::to_string(m_limits.depth) +
                " were not looked into");
            m_survey.projects.unseen.insert(path);
            return;
        }
        auto relative = from.relative.empty() ? std::move(name) : from.relative + '/' + name;
        m_pending.push_back({.relative = std::move(relative), .depth = from.depth + 1});
    }
}

void Walk::enter(const fs::Directory& top, const Pending& pending)
{
    const auto path = pending.relative.empty() ? m_top : join(m_top, pending.relative);
    const auto folder = top.enter(pending.relative.empty() ? "." : pending.relative);
    if (!folder) {
        // Gone since we read its name, or another file system: both are as they should be.
        const auto code = folder.error().code;
        if (code != ErrorCode::not_found && m_tree.is_directory(path) &&
            top.status().device == m_tree.stat(path).value_or(fs::Status{}).device)
            note_unreadable(path, folder.error().message);
        return;
    }
    if (pending.depth > m_limits.watched_depth) {
        m_survey.deeper = true;
    } else if (m_hook) {
        m_hook(folder->descriptor(), path, pending.depth);
    }
    auto entries = folder->list(k_names_in_folder);
    if (!entries) {
        if (entries.error().code == ErrorCode::too_large) {
            m_survey.entries += k_names_in_folder;
            cut(path + ": has more than " + std::to_string(k_names_in_folder) +
                " names and was left out");
            m_survey.projects.unseen.insert(path);
        } else {
            note_unreadable(path, entries.error().message);
        }
        return;
    }
    m_survey.entries += entries->size();
    auto contents = sort_out(std::move(*entries));
    contents.is_venv = contents.is_marked && is_marked_as_venv(m_tree, path);
    take_environment(path, contents);
    follow(path, contents);
    take_project(pending, path, contents);
    queue(pending, path, std::move(contents));
}

Survey Walk::run(const std::string& top, int depth)
{
    m_top = top;
    const auto opened = m_tree.directory(top);
    if (!opened) {
        note_unreadable(top, opened.error().message);
        return std::move(m_survey);
    }
    m_pending.push_back({.relative = {}, .depth = depth});
    while (!m_pending.empty() && may_go_on()) {
        const auto next = std::move(m_pending.front());
        m_pending.pop_front();
        enter(*opened, next);
    }
    return std::move(m_survey);
}

void settle(Survey& survey)
{
    sort_environments(survey.environments);
    std::ranges::sort(survey.unreadable, {}, &model::Unreadable::path);
    std::ranges::sort(survey.limits);
}

} // namespace

Survey survey_below(const fs::Tree& tree, const Places& places, const std::string& folder,
                    const Limits& limits, const FolderHook& hook, int depth)
{
    Walk walk(tree, places, limits, hook);
    const auto holds = [&](const std::string& root) { return is_below(folder, root); };
    const bool with_projects = std::ranges::any_of(places.roots, holds);
    if (with_projects) walk.with_projects();
    auto survey = walk.run(folder, depth);
    if (!with_projects) survey.projects = {};
    settle(survey);
    return survey;
}

void merge(Survey& into, Survey from)
{
    const auto append = [](auto& list, auto& more) {
        list.insert(list.end(), std::make_move_iterator(more.begin()),
                    std::make_move_iterator(more.end()));
    };
    append(into.environments, from.environments);
    append(into.unreadable, from.unreadable);
    append(into.limits, from.limits);
    into.projects.add(std::move(from.projects));
    into.entries += from.entries;
    into.deeper = into.deeper || from.deeper;
    into.cut = into.cut || from.cut;
    settle(into);
}

Survey survey(const fs::Tree& tree, const Places& places, const Limits& limits,
              const FolderHook& hook)
{
    auto survey = survey_known_places(tree, places, limits, hook);
    for (const auto& root : places.roots)
        merge(survey, survey_below(tree, places, root, limits, hook));
    return survey;
}

} // namespace envfix::inventory
