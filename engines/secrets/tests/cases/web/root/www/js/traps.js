var t={password:"Password",passwd_tip:"Enter your password",pwdLabel:"Passwort:"};
if(type=="password"){}
$("#password").val();var p=$("input[name=password]");
form.password.value==form.confirm.value;
var password=document.getElementById("password").value;
validate({password:"required",confirm_password:{equalTo:"#password"}});
if(password==""||password=="********"){}
var url="http://host/login?user="+u+"&password="+p;
var passwordRegex="^[a-z0-9]+$";
const token="csrf_token";
login("username","password");
a.passwordStrength="weak";
var strings={"password":"Mot de passe","password_wrong":"Wrong password"};
/* var password="Bl0ckComment"; */
var passType="text";
input.type="password";
