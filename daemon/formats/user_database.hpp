#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// /etc/passwd and /etc/group by themselves, for programs that are linked statically and so cannot ask the name service.
namespace envfix::formats {

struct User {
    std::string name;
    std::uint32_t uid = 0;
    std::uint32_t gid = 0;
    std::string home;

    bool operator==(const User&) const = default;
};

/// The first line of a text as in passwd(5) that has this uid. Lines of another form are passed over.
std::optional<User> user_in(std::string_view passwd, std::uint32_t uid);

/// The groups of a text as in group(5) that name this member, in order.
std::vector<std::uint32_t> groups_in(std::string_view group, std::string_view member);

} // namespace envfix::formats
