using Microsoft.AspNetCore.Http;
using OrleansBroker.Grains.Interfaces.Access;
using OrleansBroker.Management.Api;
using OrleansBroker.Management.Json;
using OrleansBroker.Management.Listing;

namespace OrleansBroker.Management.Access;

/// <summary>Users and their limits (rows 3.11 and 3.18).</summary>
internal sealed class UserEndpoints(IUsers users) : IApiArea
{
    public void Map(ApiRoutes routes)
    {
        const ApiAccess Admin = ApiAccess.Administrator;
        routes.Get("users", ListAsync, Admin).DescribeList("All users.", AccessJson.Default.UserItem);
        routes.Get("users/without-permissions", ListWithoutPermissionsAsync, Admin)
            .DescribeList("Users who may enter no virtual host.", AccessJson.Default.UserItem);
        routes.Post("users/bulk-delete", DeleteManyAsync, Admin).Describe("Deletes users.");
        routes.Get("users/{user}", GetAsync, Admin).Describe("A user.", returns: AccessJson.Default.UserItem);
        routes.Put("users/{user}", PutAsync, Admin).Describe("Creates or changes a user.");
        routes.Delete("users/{user}", DeleteAsync, Admin).Describe("Deletes a user, and closes the user's connections.");
        routes.Get("user-limits", ListLimitsAsync, Admin).DescribeList("The limits of all users who have any.", AccessJson.Default.UserLimitItem);
        routes.Get("user-limits/{user}", ListLimitsAsync, Admin).DescribeList("A user's limits.", AccessJson.Default.UserLimitItem);
        routes.Put("user-limits/{user}/{limit}", PutLimitAsync, Admin).Describe("Sets a limit of a user.");
        routes.Delete("user-limits/{user}/{limit}", DeleteLimitAsync, Admin).Describe("Removes a limit of a user.");
    }

    private async Task<IResult> ListAsync(ApiRequest request) => List(request, await users.ListAsync(request.Cancellation));

    private async Task<IResult> ListWithoutPermissionsAsync(ApiRequest request)
    {
        var permitted = (await users.ListPermissionsAsync(request.Cancellation)).Select(permission => permission.User).ToHashSet(StringComparer.Ordinal);
        return List(request, (await users.ListAsync(request.Cancellation)).Where(user => !permitted.Contains(user.Name)));
    }

    private static IResult List(ApiRequest request, IEnumerable<UserDefinition> found) =>
        Lists.Answer(request, ListSource.Of(found.Select(UserItem.Of), user => user.Name, AccessJson.Default.UserItem));

    private async Task<IResult> GetAsync(ApiRequest request) =>
        ApiResults.Json(request, UserItem.Of(await RequireAsync(request)), AccessJson.Default.UserItem);

    private async Task<IResult> PutAsync(ApiRequest request)
    {
        var name = request.Name("user");
        var body = await JsonBody.ReadAsync(request);
        var before = await users.FindAsync(name, request.Cancellation);
        return ApiResults.CreatedOrNot(await users.PutAsync([UserBodies.User(name, body, before, users)], request.Cancellation));
    }

    private async Task<IResult> DeleteAsync(ApiRequest request)
    {
        var user = await RequireAsync(request);
        await users.DeleteAsync([user.Name], request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> DeleteManyAsync(ApiRequest request)
    {
        var body = await JsonBody.ReadAsync(request);
        body.Require("users");
        await users.DeleteAsync(body.Words("users")!, request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> ListLimitsAsync(ApiRequest request)
    {
        var found = request.HasName("user") ? [await RequireAsync(request)] : await users.ListAsync(request.Cancellation);
        var limited = found.Where(user => user.Limits.Count > 0).Select(user => new UserLimitItem(user.Name, user.Limits));
        return Lists.Answer(request, ListSource.Of(limited, item => item.User, AccessJson.Default.UserLimitItem));
    }

    private async Task<IResult> PutLimitAsync(ApiRequest request)
    {
        var body = await JsonBody.ReadAsync(request);
        body.Require("value");
        var user = await RequireAsync(request);
        var name = request.Name("limit");
        var limits = new SortedDictionary<string, long>(user.Limits.ToDictionary(), StringComparer.Ordinal) { [name] = JsonBody.Number(name, body.Find("value")!.Value) };
        await users.PutAsync([user with { Limits = limits }], request.Cancellation);
        return ApiResults.NoContent;
    }

    private async Task<IResult> DeleteLimitAsync(ApiRequest request)
    {
        var user = await RequireAsync(request);
        var limits = user.Limits.Where(limit => limit.Key != request.Name("limit")).ToDictionary();
        if (limits.Count < user.Limits.Count)
        {
            await users.PutAsync([user with { Limits = limits }], request.Cancellation);
        }

        return ApiResults.NoContent;
    }

    private async Task<UserDefinition> RequireAsync(ApiRequest request) =>
        await users.FindAsync(request.Name("user"), request.Cancellation) ?? throw ApiException.NotFound();
}
