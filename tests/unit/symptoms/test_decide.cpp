#include "support/catch.hpp"
#include "symptoms/decide.hpp"

#include <string>
#include <vector>

using namespace envfix;

namespace {

model::Cause cause(std::string code, std::string text, std::string confidence = "likely")
{
    return {.code = std::move(code), .confidence = std::move(confidence), .line = 3, .text = std::move(text),
            .explanation = "What the text says.", .remedies = {"what the text advises"}};
}

model::Finding finding(std::string code, std::string distribution, std::string summary)
{
    return {.code = std::move(code), .distribution = std::move(distribution), .summary = std::move(summary),
            .remedies = {"what the disk advises"}};
}

model::EnvironmentReport environment(std::string path, model::Findings findings)
{
    return {.path = std::move(path), .findings = std::move(findings)};
}

std::vector<model::Cause> decided(std::vector<model::Cause> causes, const std::vector<model::EnvironmentReport>& environments)
{
    return symptoms::decide(std::move(causes), environments);
}

const std::string k_no_backend = "ModuleNotFoundError: No module named '_cffi_backend'";

} // namespace

TEST_CASE("without an environment the text's word stands")
{
    const auto causes = decided({cause("cffi-backend-missing", k_no_backend)}, {});
    REQUIRE(causes.size() == 1);
    CHECK(causes.front() == cause("cffi-backend-missing", k_no_backend));
}

TEST_CASE("what the disk shows as well is certain, comes first and says where it was seen")
{
    const auto causes = decided({cause("package-version-mismatch", "cannot import name 'x' from 'httpx'", "certain"),
                                 cause("cffi-backend-missing", k_no_backend)},
                                {environment("/srv/v", {finding("cffi-backend-missing", "cffi", "there is no _cffi_backend.")})});
    REQUIRE(causes.size() == 2);
    CHECK(causes[0].code == "cffi-backend-missing");
    CHECK(causes[0].confidence == "certain");
    CHECK(causes[0].line == 3);
    CHECK(causes[0].explanation.starts_with("On disk, in /srv/v: there is no _cffi_backend."));
    CHECK(causes[0].remedies == std::vector<std::string>{"what the disk advises", "what the text advises"});
    CHECK(causes[1].code == "package-version-mismatch");
}

TEST_CASE("where one text has several causes the disk tells which it is")
{
    struct Row {
        std::string text_code;
        std::string text;
        std::string disk_code;
        std::string distribution;
    };
    const std::vector<Row> rows{
        {"cffi-backend-missing", k_no_backend, "cffi-backend-abi-mismatch", "cffi"},
        {"cffi-backend-missing", k_no_backend, "interrupted-install", "cffi"},
        {"extension-abi-mismatch", "No module named 'pydantic_core._pydantic_core'", "wrong-architecture", "pydantic-core"},
        {"package-not-installed", "No module named 'jwt'", "interrupted-install", "PyJWT"},
        {"local-module-shadowing", "cannot import name 'x' from 'supabase' (unknown location)", "package-not-installed",
         "supabase"},
        {"wrong-architecture", "/v/_rust.abi3.so: cannot open shared object file", "openssl-abi-mismatch", ""},
        {"interpreter-mode-unsupported", "may only be initialized once per interpreter process", "cffi-backend-missing", "cffi"},
        {"unknown", "Segmentation fault (core dumped)", "corrupt-binary", "cryptography"},
    };
    for (const auto& row : rows) {
        CAPTURE(row.text, row.disk_code);
        const auto causes = decided({cause(row.text_code, row.text)},
                                    {environment("/srv/v", {finding(row.disk_code, row.distribution, "seen.")})});
        CHECK(causes.front().code == row.disk_code);
        CHECK(causes.front().confidence == "certain");
        CHECK(causes.front().explanation.find("/srv/v") != std::string::npos);
        CHECK_FALSE(causes.front().remedies.empty());
    }
}

TEST_CASE("a finding about another package does not explain the text")
{
    const auto causes = decided({cause("package-not-installed", "No module named 'supabase'")},
                                {environment("/srv/v", {finding("interrupted-install", "idna", "two of them.")})});
    REQUIRE(causes.size() == 1);
    CHECK(causes.front().code == "package-not-installed");
    const auto same = decided({cause("package-not-installed", "No module named 'supabase'")},
                              {environment("/srv/v", {finding("package-not-installed", "idna", "not there.")})});
    CHECK(same.front().confidence == "likely");
}

TEST_CASE("what is no environment's failure stays that, whatever lies on disk")
{
    for (const std::string code : {"not-environment", "other-environment"}) {
        const auto before = cause(code, "httpx.ConnectError: [Errno 111] Connection refused");
        const auto causes = decided({before}, {environment("/srv/v", {finding("cffi-backend-missing", "cffi", "gone.")})});
        REQUIRE(causes.size() == 1);
        CHECK(causes.front() == before);
    }
}

TEST_CASE("an environment that shows nothing of it is said to, one that could not be looked at is not")
{
    auto seen = environment("/srv/v", {});
    const auto told = decided({cause("cffi-backend-missing", k_no_backend)}, {seen}).front().explanation;
    CHECK(told.find("shows nothing of it now in /srv/v") != std::string::npos);
    seen.state = model::EnvironmentState::unverifiable;
    CHECK(decided({cause("cffi-backend-missing", k_no_backend)}, {seen}).front().explanation == "What the text says.");
    seen.state = model::EnvironmentState::healthy;
    CHECK(decided({cause("rust-toolchain-missing", "can't find Rust compiler")}, {seen}).front().explanation ==
          "What the text says.");
}

TEST_CASE("of two environments the one that shows the text's own cause is named")
{
    const auto causes = decided({cause("cffi-backend-missing", k_no_backend)},
                                {environment("/a", {finding("cffi-backend-abi-mismatch", "cffi", "for another.")}),
                                 environment("/b", {finding("cffi-backend-missing", "cffi", "none.")})});
    CHECK(causes.front().code == "cffi-backend-missing");
    CHECK(causes.front().explanation.find("/b") != std::string::npos);
}

TEST_CASE("no two causes are certain unless the disk shows both")
{
    const auto text = cause("install-location-unusable", "Permission denied", "certain");
    const auto other = cause("wrong-architecture", "cannot open shared object file", "certain");
    auto causes = decided({text, other}, {});
    CHECK(causes[0].confidence == "certain");
    CHECK(causes[1].confidence == "likely");
    // What PYTHONPATH brings in is the cause, and not what the words alone would mean.
    const auto jwt = cause("jwt-wrong-distribution", "AttributeError: module 'jwt' has no attribute 'encode'", "certain");
    causes = decided({jwt}, {environment("/srv/v", {finding("pythonpath-conflict", "PyJWT", "PYTHONPATH brings in another jwt")})});
    REQUIRE(causes.size() == 2);
    CHECK(causes[0].code == "pythonpath-conflict");
    CHECK(causes[0].confidence == "certain");
    CHECK(causes[1].confidence == "likely");
    causes = decided({text, other}, {environment("/srv/v", {finding("install-location-unusable", "", "it may not be read"),
                                                            finding("wrong-architecture", "", "it is for another machine")})});
    CHECK(causes[0].confidence == "certain");
    CHECK(causes[1].confidence == "certain");
}
