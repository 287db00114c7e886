using OrleansBroker.Gateway.Tls;

namespace OrleansBroker.Tests.Gateway.Tls;

/// <summary>Users in certificates have the names that RabbitMQ gives them.</summary>
public sealed class CertificateNameTests : IDisposable
{
    private readonly TestAuthority _authority = new();

    public void Dispose() => _authority.Dispose();

    [Theory]
    [InlineData("C=GB, O=Engines, CN=ada", "CN=ada,O=Engines,C=GB", "ada")]
    [InlineData("CN=\"Lovelace, Ada\"", "CN=Lovelace\\, Ada", "Lovelace, Ada")]
    [InlineData("CN=\" #a<b>\"", "CN=\\ #a\\<b\\>", " #a<b>")]
    [InlineData("CN=Ä~", "CN=\\C3\\84\\7E", "Ä~")]
    [InlineData("DC=org, CN=one, CN=two", "CN=two,CN=one,DC=org", "one,two")]
    [InlineData("O=Engines", "O=Engines", null)]
    public void The_user_is_the_distinguished_or_the_common_name(string subject, string distinguished, string? common)
    {
        using var certificate = _authority.Issue(subject);
        Assert.Equal(distinguished, CertificateNames.UserOf(certificate, CertificateUser.DistinguishedName));
        Assert.Equal(common, CertificateNames.UserOf(certificate, CertificateUser.CommonName));
    }
}
