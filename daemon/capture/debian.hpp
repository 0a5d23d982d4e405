#pragma once

#include "fs/tree.hpp"

#include <string>
#include <string_view>

namespace envfix::capture {

/// The folder that every Python of Debian has on its path.
inline constexpr std::string_view k_debian_packages = "/usr/lib/python3/dist-packages";

/// The installed Debian package whose name begins with python3-<distribution> and whose files hold `text` in a path
/// (dpkg-query's lists in /var/lib/dpkg/info); empty where there is none.
std::string debian_package_of(const fs::Tree& tree, std::string_view distribution, std::string_view text);

/// The installed Debian package, among those whose name begins with python3-, that brought `path`; empty where none did.
std::string debian_owner_of(const fs::Tree& tree, const std::string& path);

} // namespace envfix::capture
