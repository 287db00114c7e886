using System.Net;

namespace OrleansBroker.Tests.Management;

[Collection(OneManagement.Name)]
public class LoginTests(ManagementSilo silo)
{
    [Fact]
    public async Task The_user_who_asks_is_told_who_that_is()
    {
        var answer = await silo.GetAsync("whoami");
        Assert.Equal("""{"name":"guest","tags":["administrator"]}""", answer.ToJsonString());
    }

    [Fact]
    public async Task Without_credentials_there_is_a_challenge_and_nothing_else()
    {
        using var response = await silo.SendAsync(HttpMethod.Get, "whoami", user: null);
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
        Assert.Equal("Basic realm=\"RabbitMQ Management\"", response.Headers.WwwAuthenticate.ToString());
        Assert.Equal("", await response.Content.ReadAsStringAsync());
    }

    [Theory]
    [InlineData("guest:wrong")]
    [InlineData("guest:")]
    [InlineData("nobody:guest")]
    public async Task Wrong_credentials_are_refused_and_which_of_them_is_not_told(string credentials) =>
        Assert.Equal((401, "not_authorized", "Login failed"), await silo.RefusalAsync(HttpMethod.Get, "whoami", user: credentials));

    [Fact]
    public async Task A_user_without_a_tag_for_it_is_no_user_of_the_API() =>
        Assert.Equal((401, "not_authorised", "Not management user"), await silo.RefusalAsync(HttpMethod.Get, "whoami", user: "reader"));

    [Fact]
    public async Task A_user_of_this_machine_only_comes_in_from_it() =>
        Assert.Equal(HttpStatusCode.OK, await silo.StatusAsync(HttpMethod.Get, "whoami", user: "local"));

    [Theory]
    [InlineData("Basic")]
    [InlineData("Basic !!!")]
    [InlineData("Basic Z3Vlc3Q=")]
    [InlineData("Bearer abc")]
    public async Task What_is_no_pair_of_name_and_password_is_none(string authorization)
    {
        using var response = await silo.SendAsync(HttpMethod.Get, "whoami", null, null, ("Authorization", authorization));
        Assert.Equal(HttpStatusCode.Unauthorized, response.StatusCode);
    }
}
