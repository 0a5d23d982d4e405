#include "formats/user_database.hpp"

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace envfix::formats {

namespace {

template <std::size_t N> bool split(std::string_view line, char separator, std::array<std::string_view, N>& fields)
{
    for (std::size_t i = 0; i < N; ++i) {
        const auto end = line.find(separator);
        if ((end == std::string_view::npos) != (i + 1 == N)) return false;
        fields[i] = line.substr(0, end);
        line.remove_prefix(std::min(line.size(), fields[i].size() + 1));
    }
    return true;
}

std::optional<std::uint32_t> number_in(std::string_view text)
{
    std::uint32_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (text.empty() || error != std::errc{} || end != text.data() + text.size()) return std::nullopt;
    return number;
}

/// Until `wants` gives false.
void each_line(std::string_view text, const std::function<bool(std::string_view)>& wants)
{
    while (!text.empty()) {
        const auto end = text.find('\n');
        if (!wants(text.substr(0, end))) return;
        text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
    }
}

} // namespace

std::optional<User> user_in(std::string_view passwd, std::uint32_t uid)
{
    std::optional<User> found;
    each_line(passwd, [&](std::string_view line) {
        std::array<std::string_view, 7> fields; // name, password, uid, gid, comment, home, shell
        if (!split(line, ':', fields) || number_in(fields[2]) != uid) return true;
        const auto gid = number_in(fields[3]);
        if (!gid) return true;
        found = User{.name = std::string{fields[0]}, .uid = uid, .gid = *gid, .home = std::string{fields[5]}};
        return false;
    });
    return found;
}

std::vector<std::uint32_t> groups_in(std::string_view group, std::string_view member)
{
    std::vector<std::uint32_t> groups;
    each_line(group, [&](std::string_view line) {
        std::array<std::string_view, 4> fields; // name, password, gid, members
        if (!split(line, ':', fields)) return true;
        const auto gid = number_in(fields[2]);
        for (auto members = fields[3]; gid && !members.empty();) {
            const auto end = members.find(',');
            if (members.substr(0, end) == member) {
                groups.push_back(*gid);
                break;
            }
            members.remove_prefix(end == std::string_view::npos ? members.size() : end + 1);
        }
        return true;
    });
    return groups;
}

} // namespace envfix::formats
