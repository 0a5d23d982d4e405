#include "watch/table.hpp"

#include "inventory/names.hpp"

#include <algorithm>

namespace envfix::watch {

void Table::subscribe(int watch, Subscriber subscriber)
{
    auto& subscribers = m_folders[watch].subscribers;
    const auto same = [&](const Subscriber& known) {
        return known.environment == subscriber.environment && known.role == subscriber.role;
    };
    const auto known = std::ranges::find_if(subscribers, same);
    if (known == subscribers.end()) {
        subscribers.push_back(std::move(subscriber));
    } else {
        *known = std::move(subscriber);
    }
}

bool Table::unsubscribe(int watch, std::string_view environment, Role role)
{
    const auto found = m_folders.find(watch);
    if (found == m_folders.end()) return false;
    std::erase_if(found->second.subscribers, [&](const Subscriber& known) {
        return known.environment == environment && known.role == role;
    });
    return forget_if_unwanted(watch);
}

void Table::put_above(int watch, Above above)
{
    auto& folder = m_folders[watch];
    if (folder.above && folder.above->path != above.path) m_above.erase(folder.above->path);
    // Another folder lay at this path before; its watch is now by another path, or about to go.
    if (const auto old = m_above.find(above.path); old != m_above.end() && old->second != watch) {
        if (const auto other = m_folders.find(old->second); other != m_folders.end())
            other->second.above.reset();
    }
    if (folder.above && folder.above->known_place) above.known_place = true;
    m_above[above.path] = watch;
    folder.above = std::move(above);
}

bool Table::drop_above(int watch)
{
    const auto found = m_folders.find(watch);
    if (found == m_folders.end() || !found->second.above) return false;
    const auto by_path = m_above.find(found->second.above->path);
    if (by_path != m_above.end() && by_path->second == watch) m_above.erase(by_path);
    found->second.above.reset();
    return forget_if_unwanted(watch);
}

std::vector<int> Table::above_within(std::string_view path) const
{
    std::vector<int> watches;
    if (const auto itself = m_above.find(path); itself != m_above.end())
        watches.push_back(itself->second);
    const auto prefix = inventory::join(path, "");
    for (auto at = m_above.lower_bound(prefix); at != m_above.end(); ++at) {
        if (!at->first.starts_with(prefix)) break;
        if (at->first != path) watches.push_back(at->second);
    }
    return watches;
}

std::vector<int> Table::above_older_than(std::uint64_t generation) const
{
    std::vector<int> watches;
    for (const auto& [path, watch] : m_above) {
        const auto* const folder = find(watch);
        if (folder != nullptr && folder->above && folder->above->generation < generation)
            watches.push_back(watch);
    }
    return watches;
}

std::vector<int> Table::deepest_above(std::size_t count) const
{
    std::vector<std::pair<int, int>> by_depth;
    for (const auto& [path, watch] : m_above) {
        const auto* const folder = find(watch);
        if (folder != nullptr && folder->above && !folder->above->known_place)
            by_depth.emplace_back(-folder->above->depth, watch);
    }
    count = std::min(count, by_depth.size());
    std::partial_sort(by_depth.begin(), by_depth.begin() + static_cast<std::ptrdiff_t>(count),
                      by_depth.end());
    std::vector<int> watches;
    for (std::size_t i = 0; i < count; ++i)
        watches.push_back(by_depth[i].second);
    return watches;
}

const WatchedFolder* Table::find(int watch) const
{
    const auto found = m_folders.find(watch);
    return found == m_folders.end() ? nullptr : &found->second;
}

void Table::forget(int watch)
{
    const auto found = m_folders.find(watch);
    if (found == m_folders.end()) return;
    if (found->second.above) {
        const auto by_path = m_above.find(found->second.above->path);
        if (by_path != m_above.end() && by_path->second == watch) m_above.erase(by_path);
    }
    m_folders.erase(found);
}

bool Table::forget_if_unwanted(int watch)
{
    const auto found = m_folders.find(watch);
    if (!found->second.subscribers.empty() || found->second.above) return false;
    m_folders.erase(found);
    return true;
}

} // namespace envfix::watch
