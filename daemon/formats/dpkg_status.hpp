#pragma once

#include <optional>
#include <string>
#include <string_view>

/// /var/lib/dpkg/status: what dpkg says of each package (dpkg-query(1), deb-control(5)).
namespace envfix::formats {

/// The version in which `package` is installed, whole and configured, by a text of this format; nothing where it is not. Of a
/// package that is there for several architectures it is the same for all. As written: it may be no version at all.
std::optional<std::string> installed_version(std::string_view status, std::string_view package);

} // namespace envfix::formats
