#include "policy/chain.hpp"
#include "shipped/shipped.hpp"
#include "shown.hpp"
#include "support/catch.hpp"

#include <algorithm>
#include <string>

using namespace envfix;
using policy::parse_chain;

namespace {

std::string shipped_text(std::string_view path)
{
    const auto files = shipped::files();
    const auto file = std::ranges::find(files, path, &shipped::File::path);
    REQUIRE(file != files.end());
    return std::string(file->content);
}

constexpr auto k_head = "envfix: 1\nchain: c\nlinks:\n";

struct Broken {
    std::string name;
    std::string text;
    std::string problems;
};

} // namespace

TEST_CASE("the shipped chain reads as it is meant")
{
    const auto chain = parse_chain(shipped_text("chains/supabase.yaml"), "supabase.yaml");
    REQUIRE(chain);
    CHECK(chain->name == "supabase");
    REQUIRE(chain->links.size() == 4);
    const model::ChainLink cffi{.distribution = "cffi",
                                .imports = {"cffi"},
                                .extensions = {"_cffi_backend"},
                                .needs = {},
                                .impostors = {},
                                .version_source = "cffi/__init__.py",
                                .version_marker = "__version__ = \"",
                                .version_extension = "_cffi_backend",
                                .proof = {},
                                .proof_requires = {},
                                .missing_code = "cffi-backend-missing",
                                .mismatch_code = "cffi-backend-abi-mismatch"};
    CHECK(chain->links[0] == cffi);
    CHECK(chain->links[1].needs == std::vector<model::ChainEdge>{{"cffi", "_cffi_backend", ""}});
    CHECK(chain->links[2].proof == "jwt.algorithms.has_crypto");
    CHECK(chain->links[2].impostors == std::vector<std::string>{"jwt"});
    CHECK(chain->links[3].needs ==
          std::vector<model::ChainEdge>{{"PyJWT", "jwt", "2.16"}, {"cryptography", "", "2.18"}});
    const model::ChainConflict first{.chain = {},
                                     .distribution = "httpx",
                                     .versions = "<0.26",
                                     .with = "gotrue",
                                     .with_versions = ">=2.9",
                                     .code = "httpx-proxy-mismatch",
                                     .because = "it passes the argument 'proxy', which httpx has from 0.26 on"};
    REQUIRE_FALSE(chain->conflicts.empty());
    CHECK(chain->conflicts.front() == first);
}

TEST_CASE("a broken chain is refused with its place and reason")
{
    const std::string head = k_head;
    const std::string conflicts = head + "  - {distribution: a, imports: [a]}\nconflicts:\n";
    const auto broken = GENERATE_COPY(values<Broken>({
        {"no links", "envfix: 1\nchain: c\n", "1:1: a chain needs the key 'links'"},
        {"an empty list of links", "envfix: 1\nchain: c\nlinks: []\n",
         "3:8: 'links' must be a list with at least one value"},
        {"an unknown key", head + "  - distribution: a\n    imports: [a]\n    extension: [b]\n",
         "6:5: unknown key 'extension'; did you mean 'extensions'?"},
        {"a name that is an option", head + "  - {distribution: --x, imports: [a]}\n",
         "4:20: 'distribution' must be the name of a distribution"},
        {"a module that is a path", head + "  - {distribution: a, imports: [../a]}\n",
         "4:33: 'imports' must be a dotted Python name"},
        {"a bad version",
         head + "  - {distribution: a, imports: [a]}\n"
                "  - {distribution: b, imports: [b], needs: [{distribution: a, since: x}]}\n",
         "5:70: 'since' must be a version (PEP 440)"},
        {"an edge that points down",
         head + "  - {distribution: a, imports: [a], needs: [{distribution: b}]}\n"
                "  - {distribution: b, imports: [b]}\n",
         "4:5: a link's 'needs' may only name links above it"},
        {"the same distribution twice",
         head + "  - {distribution: a.b, imports: [a]}\n"
                "  - {distribution: A_B, imports: [a]}\n",
         "5:5: the same distribution twice in one chain"},
        {"a file outside",
         head + "  - distribution: a\n    imports: [a]\n    extensions: [x]\n"
                "    version: {file: ../../etc/passwd, marker: v, extension: x}\n",
         "7:21: 'file' must be a path below the site folder"},
        {"an unknown code",
         head + "  - distribution: a\n    imports: [a]\n    extensions: [x]\n"
                "    codes: {missing: cffi-backend-mising}\n",
         "7:22: unknown finding code; did you mean 'cffi-backend-missing'?"},
        {"a conflict of versions that are none",
         conflicts + "  - {distribution: a, versions: 'x', with: b, code: package-version-mismatch, because: c}\n",
         "6:33: 'versions' must be versions (PEP 440); such as '>=1.16,<2'"},
        {"a conflict of all versions, worded as a set",
         conflicts + "  - {distribution: a, with: b, with-versions: ',', code: package-version-mismatch, because: c}\n",
         "6:47: 'with-versions' must be versions (PEP 440); such as '>=1.16,<2'"},
        {"a conflict with itself",
         conflicts + "  - {distribution: a.b, with: A-B, code: package-version-mismatch, because: c}\n",
         "6:31: 'with' must be another distribution"},
        {"a conflict with every Python there is",
         conflicts + "  - {distribution: a, with: python, code: package-version-mismatch, because: c}\n",
         "6:5: a conflict with python needs 'versions'"},
        {"a conflict that nobody could explain",
         conflicts + "  - {distribution: a, with: b, code: package-version-mismatch}\n",
         "6:5: a conflict needs the key 'because'"},
        {"a conflict with a key too many",
         conflicts + "  - {distribution: a, with: b, with_versions: '>1', code: package-version-mismatch, because: c}\n",
         "6:32: unknown key 'with_versions'; did you mean 'with-versions'?"},
    }));
    DYNAMIC_SECTION(broken.name)
    {
        const auto chain = parse_chain(broken.text, "c.yaml");
        CHECK(shown(chain) == broken.problems);
    }
}
