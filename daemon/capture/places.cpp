#include "capture/places.hpp"

#include "capture/foreign_starts.hpp"
#include "capture/interpreter.hpp"
#include "capture/local_modules.hpp"
#include "capture/modules.hpp"
#include "capture/project_folders.hpp"
#include "capture/sys_path.hpp"

#include <algorithm>
#include <utility>

namespace envfix::capture {

namespace {

constexpr std::int64_t k_second_ns = 1'000'000'000;
constexpr std::int64_t k_user_files_ns = k_second_ns / 5;
constexpr std::int64_t k_compare_all_ns = 10 * k_second_ns;
constexpr std::int64_t k_longest_ns = 600 * k_second_ns;
constexpr std::size_t k_nearest = 6;
constexpr std::size_t k_most_known = 20'000;

/// The distributions of the chain of which another interpreter finds no module.
std::vector<std::string> lacking_of(const fs::Tree& tree, const PlacesQuestion& question,
                                    const std::string& executable)
{
    const auto interpreter = describe_interpreter(tree, executable);
    if (!interpreter || interpreter->extension_suffixes.empty()) return {};
    const auto path = sys_path_of(tree, *interpreter, {.home = question.home});
    // A folder that cannot be read, or a line that runs code, may bring what we do not see.
    if (!path || !path->complete || !path->unreadable.empty() || !path->executed.empty()) return {};
    std::vector<std::string> folders;
    for (const auto& entry : path->entries) {
        if (entry.exists && entry.origin != model::PathOrigin::stdlib)
            folders.push_back(entry.path);
    }
    const FolderViews views(tree, folders);
    if (!views.unreadable().empty()) return {};
    std::vector<std::string> lacking;
    for (const auto& link : question.chain.links) {
        if (link.imports.empty()) continue;
        const auto module = link.imports.front().substr(0, link.imports.front().find('.'));
        const auto kind = find_module_file(tree, views, *interpreter, module).kind;
        if (kind == model::ModuleKind::absent || kind == model::ModuleKind::namespace_package)
            lacking.push_back(link.distribution);
    }
    return lacking;
}

Places look_at(Looked& looked, const PlacesQuestion& question, const UserSettings& user)
{
    const auto& environment = question.environment;
    Places places;
    places.path_settings = find_path_settings(looked, user,
                                              {.environment = environment,
                                               .interpreter = question.interpreter,
                                               .chain = question.chain,
                                               .home = question.home,
                                               .session = question.session});
    const auto folders = project_folders(looked, environment.project, question.home);
    const Lacking lacking = [&](const std::string& executable) {
        return lacking_of(looked.tree(), question, executable);
    };
    places.local_modules =
        find_local_modules(looked, folders, environment, question.interpreter, question.chain);
    places.starts =
        find_foreign_starts(looked, folders, user, environment, question.chain, lacking);
    return places;
}

} // namespace

Places look_at_places(const fs::Tree& tree, const PlacesQuestion& question)
{
    Looked looked(tree);
    const auto user = read_user_settings(looked, question.home);
    return look_at(looked, question, user);
}

void KnownPlaces::read_user_files(const fs::Tree& tree, const PlacesQuestion& question)
{
    const auto age = question.now_ns - m_user_compared_ns;
    const bool was_read = m_user_files != 0;
    if (was_read && age >= 0 && age < k_user_files_ns) return;
    if (was_read && marks_of(tree, m_user_paths) == m_user_marks &&
        !is_recent(m_user_marks, m_user_compared_ns)) {
        m_user_compared_ns = question.now_ns;
        return;
    }
    Looked looked(tree);
    m_user = read_user_settings(looked, question.home);
    m_user_paths = looked.paths();
    m_user_marks = marks_of(tree, m_user_paths);
    m_user_compared_ns = question.now_ns;
    ++m_user_files;
}

bool KnownPlaces::holds(const fs::Tree& tree, Known& known, std::int64_t now_ns)
{
    if (known.recent || now_ns < known.looked_ns || now_ns - known.looked_ns > k_longest_ns)
        return false;
    const bool all = now_ns - known.compared_ns > k_compare_all_ns;
    const auto count = all ? known.paths.size() : std::min(known.paths.size(), k_nearest);
    for (std::size_t i = 0; i < count; ++i) {
        if (mark_of(tree, known.paths[i]) != known.marks[i]) return false;
    }
    if (all) known.compared_ns = now_ns;
    return true;
}

const Places& KnownPlaces::look(const fs::Tree& tree, const PlacesQuestion& question)
{
    read_user_files(tree, question);
    const auto& environment = question.environment;
    const auto key = environment.path + '\n' + environment.executable + '\n' + environment.project +
                     '\n' + question.interpreter.version;
    auto found = m_known.find(key);
    if (found != m_known.end() && found->second.user_files == m_user_files &&
        holds(tree, found->second, question.now_ns)) {
        return found->second.places;
    }
    if (found == m_known.end() && m_known.size() >= k_most_known) m_known.clear();
    Looked looked(tree);
    Known known{.places = look_at(looked, question, m_user),
                .paths = looked.paths(),
                .marks = {},
                .user_files = m_user_files,
                .looked_ns = question.now_ns,
                .compared_ns = question.now_ns};
    known.marks = marks_of(tree, known.paths);
    known.recent = is_recent(known.marks, question.now_ns);
    return (m_known[key] = std::move(known)).places;
}

} // namespace envfix::capture
