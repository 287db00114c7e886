using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Grains.Interfaces.Activity;
using OrleansBroker.Grains.Interfaces.Errors;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Access;

/// <summary>Permissions and topic permissions (rows 3.13 and 3.14), and the counts of logins.</summary>
internal sealed class PermissionEndpoints(IUsers users, IClusterActivity activity) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        const ApiAccess Admin = ApiAccess.Administrator;
        routes.Get("permissions", ListAsync, Admin).DescribeList("All permissions.", AccessJson.Default.PermissionItem);
        routes.Get("users/{user}/permissions", ListAsync, Admin).DescribeList("A user's permissions.", AccessJson.Default.PermissionItem);
        routes.Get("vhosts/{vhost}/permissions", ListAsync, Admin).DescribeList("Permissions in a virtual host.", AccessJson.Default.PermissionItem);
        routes.Get("permissions/{vhost}/{user}", GetAsync, Admin).Describe("A user's permissions in a virtual host.", returns: AccessJson.Default.PermissionItem);
        routes.Put("permissions/{vhost}/{user}", PutAsync, Admin).Describe("Sets a user's permissions in a virtual host.");
        routes.Delete("permissions/{vhost}/{user}", DeleteAsync, Admin).Describe("Takes a user's permissions in a virtual host away.");
        routes.Get("topic-permissions", ListTopicsAsync, Admin).DescribeList("All topic permissions.", AccessJson.Default.TopicPermissionItem);
        routes.Get("users/{user}/topic-permissions", ListTopicsAsync, Admin).DescribeList("A user's topic permissions.", AccessJson.Default.TopicPermissionItem);
        routes.Get("vhosts/{vhost}/topic-permissions", ListTopicsAsync, Admin)
            .DescribeList("Topic permissions in a virtual host.", AccessJson.Default.TopicPermissionItem);
        routes.Get("topic-permissions/{vhost}/{user}", ListTopicsAsync, Admin)
            .DescribeList("A user's topic permissions in a virtual host.", AccessJson.Default.TopicPermissionItem);
        routes.Put("topic-permissions/{vhost}/{user}", PutTopicAsync, Admin).Describe("Sets a user's topic permissions at an exchange.");
        routes.Delete("topic-permissions/{vhost}/{user}", DeleteTopicsAsync, Admin).Describe("Takes a user's topic permissions in a virtual host away.");
        routes.Delete("topic-permissions/{vhost}/{user}/{exchange}", DeleteTopicsAsync, Admin).Describe("Takes a user's topic permissions at an exchange away.");
        routes.Get("auth/attempts/{node}", ListAttemptsAsync, ApiAccess.Monitoring).DescribeList("A silo's logins by protocol.", AccessJson.Default.LoginAttemptItem);
        routes.Get("auth/attempts/{node}/source", ListSourcesAsync, ApiAccess.Monitoring)
            .DescribeList("A silo's logins by user and address.", AccessJson.Default.LoginSourceItem);
        routes.Delete("auth/attempts/{node}/source", ResetAttemptsAsync, Admin).Describe("Has a silo count logins from zero.");
        routes.Delete("auth/attempts/{node}", ResetAttemptsAsync, Admin).Describe("Has a silo count logins from zero.");
    }

    private async Task<IResult> ListAsync(ApiRequest request)
    {
        await CheckNamesAsync(request);
        var found = (await users.ListPermissionsAsync(request.Cancellation)).Where(p => IsMeant(request, p.User, p.VirtualHost)).Select(PermissionItem.Of);
        return Lists.Answer(request, ListSource.Of(found, item => item.User, AccessJson.Default.PermissionItem));
    }

    private async Task<IResult> GetAsync(ApiRequest request)
    {
        await request.VirtualHostAsync();
        var found = (await users.ListPermissionsAsync(request.Cancellation)).FirstOrDefault(p => IsMeant(request, p.User, p.VirtualHost));
        return found is null ? throw ApiException.NotFound() : ApiResults.Json(request, PermissionItem.Of(found), AccessJson.Default.PermissionItem);
    }

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var permission = UserBodies.Permission(request.Name("user"), request.Name("vhost"), await JsonBody.ReadAsync(request));
        return await PutAsync(() => users.PutPermissionsAsync([permission], request.Cancellation));
    }

    private async Task<IResult> DeleteAsync(ApiRequest request)
    {
        await request.VirtualHostAsync();
        return await users.DeletePermissionAsync(request.Name("user"), request.Name("vhost"), request.Cancellation)
            ? ApiResults.NoContent
            : throw ApiException.NotFound();
    }

    private async Task<IResult> ListTopicsAsync(ApiRequest request)
    {
        await CheckNamesAsync(request);
        var found = (await users.ListTopicPermissionsAsync(request.Cancellation)).Where(p => IsMeant(request, p.User, p.VirtualHost)).Select(TopicPermissionItem.Of).ToList();
        return found.Count == 0 && request.Has("user") && request.Has("vhost")
            ? throw ApiException.NotFound()
            : Lists.Answer(request, ListSource.Of(found, item => item.User, AccessJson.Default.TopicPermissionItem));
    }

    private async Task<IResult> PutTopicAsync(ApiRequest request)
    {
        var permission = UserBodies.TopicPermission(request.Name("user"), request.Name("vhost"), await JsonBody.ReadAsync(request));
        return await PutAsync(() => users.PutTopicPermissionsAsync([permission], request.Cancellation));
    }

    private async Task<IResult> DeleteTopicsAsync(ApiRequest request)
    {
        await request.VirtualHostAsync();
        var exchange = request.Has("exchange") ? request.ExchangeName("exchange") : null;
        return await users.DeleteTopicPermissionsAsync(request.Name("user"), request.Name("vhost"), exchange, request.Cancellation)
            ? ApiResults.NoContent
            : throw ApiException.NotFound();
    }

    private async Task<IResult> ListAttemptsAsync(ApiRequest request)
    {
        var silos = await activity.ListSilosAsync(request.Cancellation);
        var silo = silos.FirstOrDefault(silo => silo.Silo == request.Name("node")) ?? throw ApiException.NotFound();
        return Lists.Answer(request, ListSource.Of(silo.Logins.Select(LoginAttemptItem.Of), item => item.Protocol, AccessJson.Default.LoginAttemptItem));
    }

    private async Task<IResult> ListSourcesAsync(ApiRequest request)
    {
        var sources = await activity.ListLoginSourcesAsync(request.Name("node"), request.Cancellation) ?? throw ApiException.NotFound();
        return Lists.Answer(request, ListSource.Of(sources.Select(LoginSourceItem.Of), item => item.Username, AccessJson.Default.LoginSourceItem));
    }

    private async Task<IResult> ResetAttemptsAsync(ApiRequest request) =>
        await activity.ResetLoginsAsync(request.Name("node"), request.Cancellation) ? ApiResults.NoContent : throw ApiException.NotFound();

    private static async Task<IResult> PutAsync(Func<Task<bool>> put)
    {
        try
        {
            return ApiResults.CreatedOrNot(await put());
        }
        catch (BrokerException refusal) when (refusal.Code == ReplyCode.NotFound)
        {
            throw ApiException.BadRequest("vhost_or_user_not_found");
        }
    }

    private static bool IsMeant(ApiRequest request, string user, string virtualHost) =>
        (!request.Has("user") || request.Name("user") == user) && (!request.Has("vhost") || request.Name("vhost") == virtualHost);

    private async Task CheckNamesAsync(ApiRequest request)
    {
        if (request.Has("vhost"))
        {
            await request.VirtualHostAsync();
        }

        if (request.Has("user") && await users.FindAsync(request.Name("user"), request.Cancellation) is null)
        {
            throw ApiException.NotFound();
        }
    }
}
