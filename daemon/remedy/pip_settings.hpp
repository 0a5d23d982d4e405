#pragma once

#include "base/result.hpp"
#include "model/policy.hpp"

#include <map>
#include <string>
#include <string_view>
#include <vector>

/// What a person's own pip is told, as far as it says where packages come from (DESIGN.md 10). No
/// other setting passes: none of them may change what a plan does.
namespace envfix::remedy {

struct PipSettings {
    std::string index_url; ///< empty: PyPI
    std::vector<std::string> extra_index_urls;
    std::vector<std::string> find_links; ///< absolute folders, or URLs
    bool no_index = false;
    std::string proxy;
    std::string cert; ///< absolute path of a file of certificates

    bool operator==(const PipSettings&) const = default;
};

/// The larger a pip.conf is, the less it is one.
constexpr std::size_t k_pip_conf_cap = std::size_t{64} * 1024;

/// Reads one pip.conf over what files before it said, as Python's RawConfigParser does: [global],
/// then [install], then [download]. `home` is what ~ stands for. A file that is none says nothing.
PipSettings parse_pip_conf(std::string_view text, std::string_view home, PipSettings below);

/// PIP_INDEX_URL, PIP_EXTRA_INDEX_URL, PIP_FIND_LINKS, PIP_NO_INDEX, PIP_PROXY, PIP_CERT over what
/// the files said.
PipSettings apply_pip_variables(const std::map<std::string, std::string>& variables,
                                std::string_view home, PipSettings below);

/// The files in the order in which pip reads them, later ones over earlier ones.
std::vector<std::string> pip_conf_paths(std::string_view home, std::string_view prefix);

/// Reads those of pip_conf_paths() that are there, then the variables. Never fails: a file that
/// cannot be read is as if it were not there, as for pip.
PipSettings read_pip_settings(const std::string& home, const std::string& prefix,
                              const std::map<std::string, std::string>& variables);

/// The settings under which a step's wheels are looked for: the policy's own places replace the
/// person's. Pure.
PipSettings settings_for(const model::StepTemplate& step, PipSettings settings);

/// A URL without the password in it: "https://user:****@host/simple" (THREATS.md O2).
std::string without_password(std::string_view url);

/// The same wherever a URL occurs in a text.
std::string without_passwords(std::string_view text);

/// "index https://pypi.org/simple, wheels in /srv/wheels": for a person, without passwords.
std::string describe(const PipSettings& settings);

/// Variables that tell pip the same. URLs travel here, and not as arguments: everybody can read
/// the arguments of a process.
std::vector<std::string> pip_variables(const PipSettings& settings);

/// Arguments that tell pip the rest: local folders.
std::vector<std::string> pip_arguments(const PipSettings& settings);

} // namespace envfix::remedy
