#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <vector>

/// The interpreters of this machine, and what they say of themselves.
namespace real_pythons {

/// Every Python 3 in /usr/bin, /usr/local/bin and below ~/.pyenv/versions, as one would type it.
std::vector<std::string> executables();

/// What a program printed; nothing if it did not end with 0. The environment is `environment` only.
std::optional<std::string> output_of(const std::vector<std::string>& argv,
                                     const std::map<std::string, std::string>& environment = {},
                                     const std::string& folder = "/");

/// Version, suffixes, prefixes, path … in a JSON object.
nlohmann::json facts_of(const std::string& executable,
                        const std::map<std::string, std::string>& environment = {});

} // namespace real_pythons
