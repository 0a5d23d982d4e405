#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace envfix::model {

/// What one member of a chain needs of another although its metadata may not say so.
struct ChainEdge {
    std::string distribution; ///< the member that is needed, as the chain spells it
    std::string module;       ///< the module of it that is imported; empty: any of its imports
    std::string since; ///< the edge holds from this version of the needing member on; empty: always

    bool operator==(const ChainEdge&) const = default;
};

struct ChainLink {
    std::string chain;                   ///< name of the chain that it belongs to
    std::string distribution;            ///< "cffi", as the project spells it
    std::vector<std::string> imports;    ///< modules that must import, in this order: "cffi"
    std::vector<std::string> extensions; ///< compiled modules that it brings: "_cffi_backend"
    std::vector<ChainEdge> needs;
    std::vector<std::string> impostors;  ///< other projects that install the same folder: "jwt"
    std::string version_source;          ///< file below site-packages that states the Python half's version
    std::string version_marker;          ///< text before the quoted version there
    std::string version_extension;       ///< compiled module whose data holds the other half's version
    std::string proof;                   ///< dotted attribute that must be true once imported: "jwt.algorithms.has_crypto"
    std::string proof_requires;          ///< the proof counts only where this distribution is installed or required
    std::string missing_code;            ///< finding code where an extension is absent; empty: extension-abi-mismatch family
    std::string mismatch_code;           ///< finding code where one is there for another Python

    bool operator==(const ChainLink&) const = default;
};

/// Versions of two distributions that are known not to work together, whatever their metadata says.
struct ChainConflict {
    std::string chain;         ///< name of the chain that it belongs to
    std::string distribution;  ///< the one whose version does not suit: "httpx"
    std::string versions;      ///< PEP 440 set of it; empty: those that the metadata of the other one excludes
    std::string with;          ///< the other distribution; k_python: the interpreter itself
    std::string with_versions; ///< PEP 440 set of that; empty: any
    std::string code;          ///< the finding
    std::string because;       ///< what fails, as a clause for a person

    bool operator==(const ChainConflict&) const = default;
};

/// What a conflict is "with" where the interpreter's own version is meant; no project on the index has that name.
inline constexpr std::string_view k_python = "python";

/// An ordered list of distributions with the imports that must work (DESIGN.md 3). Data: policies/chains/*.yaml.
struct Chain {
    std::string name;
    std::string describe;
    std::vector<ChainLink> links; ///< what is needed comes before what needs it
    std::vector<ChainConflict> conflicts;

    bool operator==(const Chain&) const = default;
};

/// Several chains as one, so that an environment is read once for all of them. A distribution that two chains
/// name keeps the place and the wording of the first; conflicts are those of all.
Chain merged(const std::vector<Chain>& chains);

} // namespace envfix::model
