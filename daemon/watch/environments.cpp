#include "watch/environments.hpp"

#include "inventory/names.hpp"

#include <sys/inotify.h>

#include <algorithm>

namespace envfix::watch {

namespace {

constexpr std::size_t k_most_in_the_making{64};
/// So many watches above environments give way to those of an environment at a time.
constexpr std::size_t k_give_way{16};

/// Whether what happened to the entry `name` of the folder `at` may have exchanged a wanted folder,
/// of which an inotify watch on that folder itself is never told.
bool leads_to_wanted(const std::vector<inventory::WatchedFolder>& wanted, const std::string& at,
                     const std::string& name)
{
    const auto path = inventory::join(at, name);
    return std::ranges::any_of(
        wanted, [&](const auto& folder) { return inventory::is_below(folder.path, path); });
}

/// How many watches these are: a folder may have several roles.
std::size_t count_of(const std::map<std::pair<int, Role>, std::string>& watched)
{
    std::size_t count = 0;
    int last = -1;
    for (const auto& [key, path] : watched) { // sorted by watch
        count += key.first != last ? 1 : 0;
        last = key.first;
    }
    return count;
}

} // namespace

bool Environments::follow(const std::string& environment,
                          std::vector<inventory::WatchedFolder> folders)
{
    auto& followed = m_followed[environment];
    followed.wanted = std::move(folders);
    return arm(environment, followed);
}

void Environments::forget(const std::string& environment)
{
    const auto found = m_followed.find(environment);
    if (found == m_followed.end()) return;
    settled(environment);
    for (const auto& [key, path] : found->second.watched)
        drop(key.first, environment, key.second);
    m_followed.erase(found);
    m_polled.erase(environment);
    m_to_arm.erase(environment);
}

void Environments::settled(const std::string& environment)
{
    const auto found = m_followed.find(environment);
    if (found == m_followed.end()) return;
    for (const auto& [watch, name] : found->second.in_the_making)
        drop(watch, environment, Role::metadata);
    found->second.in_the_making.clear();
}

void Environments::drop(int watch, const std::string& environment, Role role)
{
    if (m_table.unsubscribe(watch, environment, role)) m_inotify.remove(watch);
}

Result<int> Environments::add_within_limit(int folder, Interest interest) const
{
    ENVFIX_TRY(const int watch, m_inotify.add(folder, interest));
    // A folder that is watched already takes nothing more of what is allowed.
    if (m_table.find(watch) != nullptr || m_table.size() < m_most) return watch;
    m_inotify.remove(watch);
    return fail(ErrorCode::no_space,
                "the limit of " + std::to_string(m_most) + " watches is reached");
}

Result<int> Environments::add(int folder, Interest interest)
{
    auto watch = add_within_limit(folder, interest);
    if (watch || watch.error().code != ErrorCode::no_space) return watch;
    // What is inside of environments counts for more than where others might appear.
    for (const int above : m_table.deepest_above(k_give_way)) {
        if (m_table.drop_above(above)) m_inotify.remove(above);
    }
    watch = add_within_limit(folder, interest);
    m_limit_reached = m_limit_reached || !watch;
    return watch;
}

bool Environments::watch(const std::string& environment, const inventory::WatchedFolder& wanted, Watched& watched)
{
    // Between the look at a folder that will hold the wanted one and the watch on it, what lies
    // between them may come: then it is done again. Who makes and deletes it all the time is polled.
    constexpr int k_tries = 4;
    for (int i = 0; i < k_tries && count_of(watched) < inventory::k_watches_per_environment; ++i) {
        std::string at = wanted.path;
        std::string next;
        auto opened = m_tree.directory(at);
        while (!opened && at != "/") {
            next = std::exchange(at, std::string(inventory::parent(at)));
            if (at != "/") opened = m_tree.directory(at);
        }
        if (at == "/") return true; // what comes there concerns everybody: the sweep finds it
        if (opened->is_remote()) return false;
        const auto role = next.empty() ? role_of(wanted.role) : Role::awaited;
        const auto watch = add(opened->descriptor(), role == Role::awaited ? Interest::names : Interest::contents);
        if (!watch) return false;
        m_table.subscribe(*watch, {environment, role, at});
        watched.emplace(std::pair{*watch, role}, at);
        if (next.empty() || !m_tree.is_directory(next)) return true;
    }
    return false;
}

bool Environments::arm(const std::string& environment, Followed& followed)
{
    Watched watched;
    bool polled = false;
    for (const auto& folder : followed.wanted) {
        if (count_of(watched) == inventory::k_watches_per_environment) break;
        polled = !watch(environment, folder, watched) || polled;
    }
    bool is_new = false;
    for (const auto& [key, path] : watched)
        is_new = is_new || (key.second != Role::awaited && !followed.watched.contains(key));
    const auto before = std::exchange(followed.watched, std::move(watched));
    for (const auto& [key, path] : before) {
        if (!followed.watched.contains(key)) drop(key.first, environment, key.second);
    }
    if (polled) {
        m_polled.insert(environment);
    } else {
        m_polled.erase(environment);
    }
    return is_new;
}

void Environments::look_again_at(const std::string& environment)
{
    if (m_followed.contains(environment)) m_to_arm.insert(environment);
}

void Environments::retry_polled()
{
    m_limit_reached = false;
    const auto polled = m_polled;
    for (const auto& environment : polled)
        arm(environment, m_followed[environment]);
}

void Environments::end_of_folder(int watch, const Subscriber& subscriber, Facts& facts)
{
    const auto found = m_followed.find(subscriber.environment);
    if (found == m_followed.end()) return;
    auto& followed = found->second;
    if (subscriber.role == Role::metadata) {
        std::erase_if(followed.in_the_making,
                      [&](const auto& entry) { return entry.first == watch; });
        return; // the site folder's own watch says what became of it
    }
    followed.watched.erase({watch, subscriber.role});
    const auto kind =
        subscriber.role == Role::compiled ? FactKind::compiled_vanished : FactKind::folder_gone;
    facts.add({subscriber.environment, kind, subscriber.path});
    m_to_arm.insert(subscriber.environment);
}

void Environments::take(const formats::InotifyEvent& event, const WatchedFolder& folder,
                        Facts& facts)
{
    const bool is_end = is_end_of_folder(event.mask);
    const bool moves = (event.mask & (IN_CREATE | IN_DELETE | IN_MOVED_FROM | IN_MOVED_TO)) != 0;
    for (const auto& subscriber : folder.subscribers) {
        if (is_end) {
            end_of_folder(event.wd, subscriber, facts);
            continue;
        }
        // A venv may come as a link.
        if (moves && ((event.mask & IN_ISDIR) != 0 || subscriber.role == Role::awaited)) {
            const auto found = m_followed.find(subscriber.environment);
            if (found != m_followed.end() &&
                leads_to_wanted(found->second.wanted, subscriber.path, event.name))
                m_to_arm.insert(subscriber.environment);
        }
        const auto kind = meaning_of(subscriber.role, event.mask, event.name);
        if (!kind) continue;
        const bool in_metadata = subscriber.role == Role::metadata;
        facts.add({subscriber.environment, *kind,
                   in_metadata ? std::string(inventory::last_name(subscriber.path)) : event.name});
        if (*kind == FactKind::metadata_appeared && m_new_metadata.size() < Facts::k_most_facts)
            m_new_metadata.emplace(subscriber.environment,
                                   inventory::join(subscriber.path, event.name));
    }
}

void Environments::watch_metadata(const std::string& environment, const std::string& path,
                                  Facts& facts)
{
    const auto found = m_followed.find(environment);
    if (found == m_followed.end()) return;
    auto& in_the_making = found->second.in_the_making;
    const auto opened = m_tree.directory(path);
    if (!opened) return; // gone again, or an egg-info that is a file
    const std::string name(inventory::last_name(path));
    if (const auto watch = add(opened->descriptor(), Interest::contents)) {
        m_table.subscribe(*watch, {environment, Role::metadata, path});
        const auto known =
            std::ranges::find(in_the_making, *watch, &std::pair<int, std::string>::first);
        if (known == in_the_making.end()) in_the_making.emplace_back(*watch, name);
    }
    // Watched first and looked at then: what came before the watch is seen here, the rest is told.
    if (opened->exists("INSTALLER")) facts.add({environment, FactKind::installer_appeared, name});
    if (opened->exists("RECORD")) facts.add({environment, FactKind::record_appeared, name});
    if (in_the_making.size() > k_most_in_the_making) {
        drop(in_the_making.front().first, environment, Role::metadata);
        in_the_making.pop_front();
    }
}

void Environments::catch_up(Facts& facts)
{
    const auto to_arm = std::exchange(m_to_arm, {});
    for (const auto& environment : to_arm) {
        const auto found = m_followed.find(environment);
        if (found == m_followed.end()) continue;
        if (arm(environment, found->second))
            facts.add({environment, FactKind::compiled_changed, {}});
    }
    const auto fresh = std::exchange(m_new_metadata, {});
    for (const auto& [environment, path] : fresh)
        watch_metadata(environment, path, facts);
}

} // namespace envfix::watch
