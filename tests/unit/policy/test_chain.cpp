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
}

TEST_CASE("a broken chain is refused with its place and reason")
{
    const std::string head = k_head;
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
    }));
    DYNAMIC_SECTION(broken.name)
    {
        const auto chain = parse_chain(broken.text, "c.yaml");
        CHECK(shown(chain) == broken.problems);
    }
}
