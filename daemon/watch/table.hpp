#pragma once

#include "watch/fact.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace envfix::watch {

/// An environment's interest in a folder.
struct Subscriber {
    std::string environment;
    Role role = Role::site;
    std::string path; ///< by which this environment reaches the folder

    bool operator==(const Subscriber&) const = default;
};

/// A folder in which environments may appear.
struct Above {
    std::string path;
    int depth = 0;                ///< below its root
    bool known_place = false;     ///< one of the folders in which tools keep what they install
    std::uint64_t generation = 0; ///< of the scan that saw it last

    bool operator==(const Above&) const = default;
};

struct WatchedFolder {
    std::vector<Subscriber> subscribers;
    std::optional<Above> above;
};

/// Which watch stands for which folders. A folder that several want is watched once; when the last
/// of them lets go, its watch may go. Keeps books only, and asks nothing of the kernel.
class Table {
public:
    void subscribe(int watch, Subscriber subscriber);
    /// True if nobody wants the watch any more: it is forgotten here and is to be removed.
    bool unsubscribe(int watch, std::string_view environment, Role role);

    void put_above(int watch, Above above);
    /// As unsubscribe.
    bool drop_above(int watch);
    /// The watches above environments at `path` and below it.
    [[nodiscard]] std::vector<int> above_within(std::string_view path) const;
    /// Those that no scan of this generation has seen.
    [[nodiscard]] std::vector<int> above_older_than(std::uint64_t generation) const;
    /// Up to `count` of those that lie deepest.
    [[nodiscard]] std::vector<int> deepest_above(std::size_t count) const;

    [[nodiscard]] const WatchedFolder* find(int watch) const;
    /// The kernel has dropped the watch by itself.
    void forget(int watch);

    [[nodiscard]] std::size_t size() const { return m_folders.size(); }

    [[nodiscard]] std::size_t above_count() const { return m_above.size(); }

private:
    bool forget_if_unwanted(int watch);

    std::unordered_map<int, WatchedFolder> m_folders;
    std::map<std::string, int, std::less<>> m_above; ///< by path
};

} // namespace envfix::watch
