#pragma once

#include "accounts/record.hpp"

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace envfix::accounts {

/// What is known of one account's environments, from the records of its worker. Bounded, whatever the worker sends: a record that
/// is not about a place below the account's own roots changes nothing, and what is above a limit is counted, not kept.
class Book {
public:
    static constexpr std::size_t k_most_environments = 2000;
    static constexpr std::size_t k_most_bytes = std::size_t{4} << 20U;

    struct Entry {
        model::EnvironmentReport report;
        std::string project;
        std::size_t bytes = 0;
        bool told = false; ///< since the worker that runs now began
    };

    /// `roots`: absolute paths of folders that the account owns.
    explicit Book(std::vector<std::string> roots = {}) : m_roots(std::move(roots)) {}

    [[nodiscard]] const std::vector<std::string>& roots() const { return m_roots; }

    /// Other roots: what lies below none of them goes.
    void set_roots(std::vector<std::string> roots);

    /// A worker begins: what it does not tell until surveyed() goes then.
    void begin();
    void surveyed(std::string trouble);

    /// True if anything is known otherwise now.
    bool take(Seen seen);
    bool take(const Gone& gone);

    /// By id.
    [[nodiscard]] const std::map<std::string, Entry>& entries() const { return m_entries; }

    /// All roots have been looked at once.
    [[nodiscard]] bool is_surveyed() const { return m_surveyed; }

    /// What is not told of this account's environments, in one sentence; empty: nothing.
    [[nodiscard]] std::string trouble() const;

private:
    [[nodiscard]] bool is_ours(const Place& place) const;

    std::vector<std::string> m_roots;
    std::map<std::string, Entry> m_entries;
    std::size_t m_bytes = 0;
    std::size_t m_too_many = 0; ///< records of environments that were not kept, since begin()
    std::size_t m_elsewhere = 0;
    std::string m_trouble; ///< as the worker tells
    bool m_surveyed = false;
};

} // namespace envfix::accounts
