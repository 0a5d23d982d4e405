#include "remedy/pip_settings.hpp"
#include "support/catch.hpp"

#include <string>
#include <vector>

using namespace envfix;
using remedy::PipSettings;

namespace {

using Words = std::vector<std::string>;

PipSettings read(const std::string& text)
{
    return remedy::parse_pip_conf(text, "/home/ada", {});
}

} // namespace

TEST_CASE("of a pip.conf only what says where packages come from is read")
{
    const auto settings =
        read("# mine\n"
             "[global]\n"
             "index-url = https://ada:secret@pypi.example/simple\n"
             "extra-index-url =\n    https://a.example/simple\n    https://b.example/simple\n"
             "find_links: ~/wheels /srv/wheels relative https://c.example/\n"
             "proxy = http://proxy.example:3128\n"
             "cert = /etc/ssl/own.pem\n"
             "target = /tmp/evil\n"
             "user = yes\n"
             "[install]\n"
             "no-binary = :all:\n"
             "[list]\n"
             "index-url = https://wrong.example/\n");
    CHECK(settings.index_url == "https://ada:secret@pypi.example/simple");
    CHECK(settings.extra_index_urls ==
          Words{"https://a.example/simple", "https://b.example/simple"});
    CHECK(settings.find_links == Words{"/home/ada/wheels", "/srv/wheels", "https://c.example/"});
    CHECK(settings.proxy == "http://proxy.example:3128");
    CHECK(settings.cert == "/etc/ssl/own.pem");
    CHECK_FALSE(settings.no_index);
}

TEST_CASE("a later section, a later file and a variable win")
{
    const auto first =
        read("[download]\nindex-url=https://d.example/\n[global]\nindex-url=https://g.example/\n");
    CHECK(first.index_url == "https://d.example/");
    const auto second =
        remedy::parse_pip_conf("[global]\nindex-url=https://s.example/\nno-index=on\n", "", first);
    CHECK(second.index_url == "https://s.example/");
    CHECK(second.no_index);
    const auto third = remedy::apply_pip_variables({{"PIP_INDEX_URL", "https://v.example/"},
                                                    {"PIP_NO_INDEX", "0"},
                                                    {"PIP_TARGET", "/x"},
                                                    {"PIP_PROXY", ""}},
                                                   "", second);
    CHECK(third.index_url == "https://v.example/");
    CHECK_FALSE(third.no_index);
}

TEST_CASE("a file that is no pip.conf says nothing and harms nobody")
{
    CHECK(read("") == PipSettings{});
    CHECK(read("index-url = https://nowhere/\n") == PipSettings{});
    CHECK(read("[global\nindex-url = https://nowhere/\n") == PipSettings{});
    CHECK(read("[global]\nindex-url = --pre\n") == PipSettings{});
    CHECK(read("[global]\nindex-url = https://a/\x01\n").index_url == "https://a/\x01");
    CHECK(read(std::string(100'000, '[')) == PipSettings{});
    CHECK(read("[global]\n" + std::string(60'000, ' ') + "\n = \n:\n") == PipSettings{});
    CHECK(read("[global]\nfind-links = -e ../x\n").find_links.empty());
}

TEST_CASE("no password is shown")
{
    struct Case {
        std::string given;
        std::string want;
    };

    const auto c = GENERATE(values<Case>({
        {"https://pypi.org/simple", "https://pypi.org/simple"},
        {"https://ada:s3cr:et@h/simple", "https://ada:****@h/simple"},
        {"https://token@h/", "https://****@h/"},
        {"https://a:b@c@h/x?y=@z", "https://a:****@h/x?y=@z"},
        {"https://h/a@b", "https://h/a@b"},
        {"/srv/wheels", "/srv/wheels"},
    }));
    DYNAMIC_SECTION(c.given)
    {
        CHECK(remedy::without_password(c.given) == c.want);
    }
    CHECK(remedy::without_passwords("ERROR: 'https://a:b@h/x' and (https://c:d@h) failed") ==
          "ERROR: 'https://a:****@h/x' and (https://c:****@h) failed");
}

TEST_CASE("URLs travel as variables, folders as arguments")
{
    PipSettings settings;
    settings.index_url = "https://ada:secret@h/";
    settings.extra_index_urls = {"https://a/", "https://b/"};
    settings.find_links = {"/srv/my wheels", "https://c/"};
    CHECK(remedy::pip_variables(settings) == Words{"PIP_INDEX_URL=https://ada:secret@h/",
                                                   "PIP_EXTRA_INDEX_URL=https://a/ https://b/",
                                                   "PIP_FIND_LINKS=https://c/"});
    CHECK(remedy::pip_arguments(settings) == Words{"--find-links", "/srv/my wheels"});
    settings.no_index = true;
    CHECK(remedy::pip_variables(settings) == Words{"PIP_FIND_LINKS=https://c/"});
    CHECK(remedy::pip_arguments(settings).front() == "--no-index");
    CHECK(remedy::describe(settings) == "wheels in /srv/my wheels, wheels in https://c/");
    CHECK(remedy::describe(PipSettings{}) == "index https://pypi.org/simple");
}
