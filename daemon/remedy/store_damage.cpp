#include "remedy/store_damage.hpp"

#include <algorithm>
#include <charconv>
#include <utility>

namespace envfix::remedy {

namespace {

constexpr const char* k_folder = "damaged";
constexpr unsigned k_most_kept = 8;
constexpr std::size_t k_most_lines = 100;

/// The number in "7-<name>"; 0 for another name.
unsigned number_of(const std::string& name)
{
    unsigned number = 0;
    std::from_chars(name.data(), name.data() + name.size(), number);
    return number;
}

} // namespace

unsigned StoreDamage::next_number() const
{
    unsigned last = 0;
    const auto names = m_root.list(k_folder);
    for (const auto& entry : names ? *names : std::vector<fs::Entry>{}) last = std::max(last, number_of(entry.name));
    for (const auto& entry : names ? *names : std::vector<fs::Entry>{}) {
        if (number_of(entry.name) + k_most_kept <= last + 1) static_cast<void>(m_root.remove_tree(std::string(k_folder) + "/" + entry.name));
    }
    return last + 1;
}

void StoreDamage::set_aside(const std::string& path, std::string what)
{
    const auto to = std::string(k_folder) + "/" + std::to_string(next_number()) + "-" + path.substr(path.rfind('/') + 1);
    const bool moved = m_root.make_directories(k_folder) && m_root.rename(path, to);
    if (!moved) static_cast<void>(m_root.remove_tree(path)); // a full disk, or no file at all: it must not stay
    note(std::move(what) + (moved ? "; it lies in " + m_root.path() + "/" + to : ""));
}

void StoreDamage::note(std::string what)
{
    if (m_lines.size() < k_most_lines) {
        m_lines.push_back(std::move(what));
    } else {
        ++m_unsaid;
    }
}

std::vector<std::string> StoreDamage::take()
{
    auto lines = std::exchange(m_lines, {});
    if (const auto unsaid = std::exchange(m_unsaid, 0); unsaid > 0) lines.push_back("and " + std::to_string(unsaid) + " more");
    return lines;
}

} // namespace envfix::remedy
