#pragma once

#include <nlohmann/json.hpp>

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

/// importlib.metadata's face on top of envfix's parsers: what its calls return or raise in each
/// version, which envfix itself has no use for. Values are JSON; "!Name" is an exception.
namespace envfix::conformance {

struct PythonVersion {
    int major = 0;
    int minor = 0;

    [[nodiscard]] bool is_before(int other_minor) const { return minor < other_minor; }
};

/// The files of one row, in memory.
class Tree {
public:
    /// The row's `files`.
    explicit Tree(const nlohmann::json& files);

    [[nodiscard]] std::vector<std::string> names_in(const std::string& folder) const;

    /// Bytes of a file; nothing if there is none of that path.
    [[nodiscard]] std::optional<std::string> read(const std::string& path) const;

    /// Whether a path with `..` in it leads to something.
    [[nodiscard]] bool exists(std::string_view path) const;

private:
    std::map<std::string, std::optional<std::string>> m_nodes; // nothing: a directory
};

/// importlib.metadata.PathDistribution.
class Distribution {
public:
    /// `tree` outlives it; `path` is relative to the root of the tree.
    Distribution(const Tree& tree, std::string path, PythonVersion version);

    [[nodiscard]] const std::string& path() const { return m_path; }

    /// metadata[name]
    [[nodiscard]] nlohmann::json field(std::string_view name) const;
    [[nodiscard]] nlohmann::json requirements() const;
    [[nodiscard]] nlohmann::json files() const;
    [[nodiscard]] nlohmann::json entry_points() const;
    /// read_text(file)
    [[nodiscard]] nlohmann::json text(const std::string& file) const;
    [[nodiscard]] nlohmann::json headers() const;
    [[nodiscard]] nlohmann::json payload() const;

private:
    [[nodiscard]] std::optional<std::string> read(std::string_view file) const;
    [[nodiscard]] nlohmann::json files_of_record(std::string_view csv) const;
    [[nodiscard]] nlohmann::json files_of_list(std::string_view csv) const;
    [[nodiscard]] nlohmann::json installed_files(std::string_view text) const;

    const Tree* m_tree;
    std::string m_path;
    std::string m_parent;
    PythonVersion m_version;
    std::string m_error; ///< what reading the metadata raises
    std::vector<std::pair<std::string, std::string>> m_headers;
    std::string m_payload;
};

} // namespace envfix::conformance
