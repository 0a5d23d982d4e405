#include "formats/dpkg_status.hpp"
#include "support/catch.hpp"
using namespace envfix;

namespace {

constexpr std::string_view k_status = R"(Package: python3-cffi-backend
Status: install ok installed
Priority: optional
Multi-Arch: same
Architecture: amd64
Version: 1.15.1-5+b1
Description: Foreign Function Interface for Python
 Version: 9 in a text that goes on
 .
 Package: python3-jwt

Package: python3-jwt
Status: deinstall ok config-files
Version: 2.6.0-1

Package: python3-cryptography
Status: install ok half-configured
Version: 38.0.4-3

Package: python3-cffi
Status: hold ok installed
Version: 1:2.3~rc1-1
)";

} // namespace

TEST_CASE("dpkg's status tells in which version a package is installed")
{
    CHECK(formats::installed_version(k_status, "python3-cffi-backend") == "1.15.1-5+b1");
    CHECK(formats::installed_version(k_status, "python3-cffi") == "1:2.3~rc1-1");
}

TEST_CASE("a package that is removed, half there, or unknown is in no version")
{
    for (const char* package : {"python3-jwt", "python3-cryptography", "python3", "", "python3-cffi-backend-extra"}) {
        INFO(package);
        CHECK_FALSE(formats::installed_version(k_status, package));
    }
}

TEST_CASE("of two architectures the one that is installed counts")
{
    const std::string text = "Package: libffi8\nStatus: deinstall ok config-files\nArchitecture: i386\nVersion: 3.3-1\n\n\n"
                             "Package: libffi8\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3.4.4-1";
    CHECK(formats::installed_version(text, "libffi8") == "3.4.4-1");
}

TEST_CASE("a status that breaks off gives what was whole, and nothing else")
{
    const std::string whole(k_status);
    for (std::size_t size = 0; size < whole.size(); ++size) {
        const auto version = formats::installed_version(whole.substr(0, size), "python3-cffi-backend");
        if (version) CHECK(std::string_view("1.15.1-5+b1").starts_with(*version));
    }
    CHECK_FALSE(formats::installed_version("Package: a\nVersion: 1\n", "a"));
    CHECK_FALSE(formats::installed_version("Package: a\nStatus: install ok installed\n", "a"));
}
